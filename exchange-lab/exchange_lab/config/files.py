"""What every Asterisk of the laboratory needs in its configuration, whatever it is used for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from exchange_lab.unpack import AsteriskTree

LOOPBACK = "127.0.0.1"

MODULES = (
    *("app_dial", "app_exec", "app_mixmonitor", "app_playback", "app_playtones", "app_stack", "app_verbose"),
    *("app_while", "app_db", "app_senddtmf", "app_echo", "app_read", "app_record"),
    *("bridge_builtin_features", "bridge_builtin_interval_features", "bridge_holding", "bridge_native_rtp"),
    *("bridge_simple", "bridge_softmix", "chan_bridge_media", "chan_pjsip"),
    *("codec_a_mu", "codec_alaw", "codec_ulaw", "codec_g722", "codec_gsm", "codec_opus_open_source", "codec_resample"),
    *("format_gsm", "format_pcm", "format_sln", "format_wav"),
    *("func_callerid", "func_cdr", "func_channel", "func_cut", "func_db", "func_devstate", "func_dialplan"),
    *("func_extstate", "func_global", "func_hangupcause", "func_logic", "func_math", "func_pjsip_aor"),
    *("func_pjsip_contact", "func_pjsip_endpoint", "func_rand", "func_strings", "func_timeout"),
    *("pbx_config", "res_crypto", "res_format_attr_opus", "res_http_websocket", "res_musiconhold", "res_mutestream"),
    *("res_pjproject", "res_pjsip", "res_pjsip_acl", "res_pjsip_authenticator_digest", "res_pjsip_caller_id"),
    *("res_pjsip_dialog_info_body_generator", "res_pjsip_diversion", "res_pjsip_dlg_options"),
    *("res_pjsip_dtmf_info", "res_pjsip_empty_info", "res_pjsip_endpoint_identifier_ip"),
    *("res_pjsip_endpoint_identifier_user", "res_pjsip_exten_state", "res_pjsip_header_funcs", "res_pjsip_logger"),
    *("res_pjsip_nat", "res_pjsip_outbound_authenticator_digest", "res_pjsip_outbound_publish", "res_pjsip_path"),
    *("res_pjsip_pidf_body_generator", "res_pjsip_pubsub", "res_pjsip_refer", "res_pjsip_registrar"),
    *("res_pjsip_rfc3326", "res_pjsip_sdp_rtp", "res_pjsip_session", "res_pjsip_transport_websocket"),
    *("res_rtp_asterisk", "res_sorcery_astdb", "res_sorcery_config", "res_sorcery_memory", "res_srtp"),
    *("res_timing_timerfd",),
)


GENERAL = ("ccss", "confbridge", "features", "queuerules", "udptl")


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders of one exchange under its own directory."""

    base: Path

    @property
    def etc(self) -> Path:
        return self.base / "etc"

    @property
    def log(self) -> Path:
        return self.base / "log"

    @property
    def run(self) -> Path:
        return self.base / "run"

    @property
    def spool(self) -> Path:
        return self.base / "spool"

    @property
    def monitor(self) -> Path:
        return self.base / "spool/monitor"

    @property
    def state(self) -> Path:
        return self.base / "state"

    @property
    def sounds(self) -> Path:
        """Our own sounds: music, voices."""
        return self.base / "sounds"

    def make(self) -> None:
        for folder in (self.etc, self.log, self.run, self.monitor, self.state / "keys", self.sounds):
            folder.mkdir(parents=True, exist_ok=True)
        # The configuration holds passwords, the recordings are people's talks.
        self.base.chmod(0o700)


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the manager interface (AMI)."""

    user: str
    secret: str
    read: str
    write: str
    filters: tuple[str, ...] = ()


Section = tuple[str, Sequence[tuple[str, object]]]


def write_conf(path: Path, sections: Iterable[Section]) -> None:
    """Writes an ini-like file; yes and no are written for booleans."""
    lines = ["; Written by exchange_lab: changes made here are lost at the next start."]
    for name, options in sections:
        lines.append(f"\n[{name}]")
        for key, value in options:
            text = ("yes" if value else "no") if isinstance(value, bool) else str(value)
            if "\n" in text or "\r" in text:
                raise ValueError(f"{path.name}: {key} has a line end in it")
            lines.append(f"{key} = {text}")
    _put(path, "\n".join(lines) + "\n")


def write_dialplan(path: Path, globals_: Mapping[str, str], contexts: Mapping[str, Sequence[str]]) -> None:
    """Writes extensions.conf; a context's lines are written as they are."""
    lines = ["; Written by exchange_lab: changes made here are lost at the next start.", "[general]", "static = yes"]
    lines += ["writeprotect = yes", "clearglobalvars = yes", "", "[globals]"]
    lines += [f"{key} = {value}" for key, value in globals_.items()]
    for name, body in contexts.items():
        lines += ["", f"[{name}]", *body]
    _put(path, "\n".join(lines) + "\n")


def _put(path: Path, text: str) -> None:
    # Asterisk may be re-reading just now: it sees the old file or the new one, never half of one.
    new = path.with_suffix(".new")
    new.write_text(text, "utf-8")
    new.chmod(0o600)
    new.replace(path)


def write_common(
    tree: AsteriskTree,
    folders: Folders,
    *,
    system_name: str,
    ami_port: int,
    accounts: Sequence[Account],
    http_port: int | None,
    rtp_ports: tuple[int, int],
    modules: Sequence[str] = (),
) -> None:
    """Writes all files that do not depend on what the exchange is for."""
    etc = folders.etc
    directories = {
        "astetcdir": etc,
        "astmoddir": tree.modules,
        "astvarlibdir": folders.state,
        "astdbdir": folders.state,
        "astkeydir": folders.state,
        "astdatadir": tree.data,
        "astagidir": folders.state,
        "astspooldir": folders.spool,
        "astrundir": folders.run,
        "astlogdir": folders.log,
        "astsbindir": tree.root / "usr/sbin",
    }
    options = (
        ("systemname", system_name),
        ("nocolor", True),
        ("defaultlanguage", "ru"),
        ("documentation_language", "en"),
    )
    write_conf(etc / "asterisk.conf", [("directories", list(directories.items())), ("options", options)])
    present = [name for name in (*MODULES, *modules) if (tree.modules / f"{name}.so").exists()]
    write_conf(
        etc / "modules.conf", [("modules", [("autoload", False), *(("load", f"{each}.so") for each in present)])]
    )
    write_conf(
        etc / "logger.conf",
        [("general", [("dateformat", "%F %T.%3q")]), ("logfiles", [("messages.log", "notice,warning,error")])],
    )
    manager: list[Section] = [
        (
            "general",
            [
                ("enabled", True),
                ("bindaddr", LOOPBACK),
                ("port", ami_port),
                ("displayconnects", False),
                ("timestampevents", True),
            ],
        )
    ]
    for account in accounts:
        filters = [("eventfilter", each) for each in account.filters]
        access = [("deny", "0.0.0.0/0.0.0.0"), ("permit", "127.0.0.1/255.255.255.255")]
        rights = [("read", account.read), ("write", account.write), ("writetimeout", 5000)]
        manager.append((account.user, [("secret", account.secret), *access, *rights, *filters]))
    write_conf(etc / "manager.conf", manager)
    http: list[tuple[str, object]] = [("enabled", http_port is not None), ("bindaddr", LOOPBACK)]
    if http_port is not None:
        http += [("bindport", http_port), ("session_inactivity", 30000), ("sessionlimit", 500)]
    write_conf(etc / "http.conf", [("general", http)])
    first, last = rtp_ports
    write_conf(
        etc / "rtp.conf",
        [("general", [("rtpstart", first), ("rtpend", last), ("icesupport", True), ("strictrtp", True)])],
    )
    write_conf(etc / "musiconhold.conf", [("default", [("mode", "files"), ("directory", folders.sounds / "music")])])
    tones = [("ringcadence", "1000,4000"), ("dial", "425"), ("busy", "425/350,0/350"), ("ring", "425/1000,0/4000")]
    tones += [("congestion", "425/175,0/175"), ("callwaiting", "425/200,0/5000"), ("record", "1400/500,0/15000")]
    tones += [("info", "950/330,1400/330,1800/330,0/1000"), ("stutter", "425/400,0/40")]
    write_conf(
        etc / "indications.conf", [("general", [("country", "ru")]), ("ru", [("description", "Russia"), *tones])]
    )
    # Without these it starts as well, but fills its log with complaints.
    for name in ("acl", "ccss", "codecs", "confbridge", "features", "pjproject", "queuerules", "stasis", "udptl"):
        write_conf(etc / f"{name}.conf", [("general", [])] if name in GENERAL else [])
