"""The configuration files of the city: the exchange at which all outside numbers are, none of them real.

A call from the city runs in ``city-talk`` once the firm has answered; a call to the city runs in ``from-firm``, where
the number's behaviour is looked up: it answers, is busy, does not answer or rejects.
"""

from dataclasses import dataclass

from exchange_lab.config.files import LOOPBACK, Account, Folders, Section, write_common, write_conf, write_dialplan
from exchange_lab.config.firm_files import CITY_ADDRESS
from exchange_lab.unpack import AsteriskTree

MODULES = ("app_originate",)


@dataclass(frozen=True, slots=True)
class CityPorts:
    sip: int
    ami: int
    rtp: tuple[int, int]
    firm_sip: int


def write_city(tree: AsteriskTree, folders: Folders, ports: CityPorts, accounts: list[Account]) -> None:
    write_common(
        tree,
        folders,
        system_name="city",
        ami_port=ports.ami,
        accounts=accounts,
        http_port=None,
        rtp_ports=ports.rtp,
        modules=MODULES,
    )
    write_conf(folders.etc / "pjsip.conf", _pjsip(ports))
    write_conf(folders.etc / "cdr.conf", [("general", (("enable", False),))])
    write_conf(folders.etc / "cel.conf", [("general", (("enable", False),))])
    write_dialplan(folders.etc / "extensions.conf", {}, _contexts(folders))


def _pjsip(ports: CityPorts) -> list[Section]:
    return [
        ("global", (("type", "global"), ("user_agent", "City"), ("endpoint_identifier_order", "ip"))),
        ("transport-udp", (("type", "transport"), ("protocol", "udp"), ("bind", f"{CITY_ADDRESS}:{ports.sip}"))),
        ("firm", (("type", "aor"), ("contact", f"sip:{LOOPBACK}:{ports.firm_sip}"))),
        ("firm", (("type", "identify"), ("endpoint", "firm"), ("match", LOOPBACK))),
        (
            "firm",
            (
                *(("type", "endpoint"), ("context", "from-firm"), ("aors", "firm"), ("transport", "transport-udp")),
                *(("disallow", "all"), ("allow", "alaw,ulaw"), ("direct_media", False), ("trust_id_inbound", True)),
                *(("language", "ru"), ("send_pai", True), ("rtp_timeout", 30)),
            ),
        ),
    ]


def _contexts(folders: Folders) -> dict[str, list[str]]:
    heard = folders.spool / "heard"
    voices = folders.sounds / "voices"
    talk = [
        # "r" is what this channel receives: what the person at the outside number hears.
        f"exten => _X.,1,MixMonitor(,r({heard}/${{CHANNEL(uniqueid)}}.wav))",
        ' same => n,ExecIf($["${CITY_TALK_SECONDS}" != ""]?Set(TIMEOUT(absolute)=${CITY_TALK_SECONDS}))',
        ' same => n,GotoIf($["${CITY_VOICE:0:5}" = "tone:"]?tone)',
        ' same => n,GotoIf($["${CITY_VOICE}" = "silence"]?silence)',
        f" same => n(speech),Playback({voices}/${{CITY_VOICE}})",
        ' same => n,GotoIf($["${PLAYBACKSTATUS}" = "FAILED"]?silence)',
        " same => n,Goto(speech)",
        " same => n(tone),PlayTones(${CITY_VOICE:5})",
        " same => n(silence),Wait(3600)",
        "exten => T,1,Hangup(16)",
    ]
    answers = [
        # A plus in front means nothing here: one number, one behaviour.
        "exten => _+X.,1,Goto(${EXTEN:1},1)",
        "exten => _X.,1,Set(CITY_DOES=${DB(behaviour/${EXTEN})})",
        " same => n,Set(CITY_VOICE=${DB(voice/${EXTEN})})",
        ' same => n,ExecIf($["${CITY_VOICE}" = ""]?Set(CITY_VOICE=voice-${EXTEN:-1}))',
        ' same => n,GotoIf($["${CITY_DOES}" = "busy"]?busy)',
        ' same => n,GotoIf($["${CITY_DOES}" = "reject"]?reject)',
        " same => n,Ringing()",
        ' same => n,GotoIf($["${CITY_DOES}" = "no_answer"]?never)',
        " same => n,Set(CITY_RINGS=${DB(rings/${EXTEN})})",
        ' same => n,Wait(${IF($["${CITY_RINGS}" = ""]?1.5:${CITY_RINGS})})',
        " same => n,Answer()",
        " same => n,Goto(city-talk,${EXTEN},1)",
        " same => n(busy),Wait(0.3)",
        " same => n,Hangup(17)",
        " same => n(reject),Ringing()",
        " same => n,Wait(0.7)",
        " same => n,Hangup(21)",
        " same => n(never),Wait(180)",
        " same => n,Hangup(19)",
    ]
    return {"city-talk": talk, "from-firm": answers}
