"""The configuration files of the firm's exchange."""

from dataclasses import dataclass
from pathlib import Path

from exchange_lab.config.dialplan import contexts_of, globals_of
from exchange_lab.config.files import LOOPBACK, Account, Folders, Section, write_common, write_conf, write_dialplan
from exchange_lab.config.postgres import write_postgres
from exchange_lab.firm import Employee, Firm, display_name
from exchange_lab.unpack import AsteriskTree

CITY_ADDRESS = "127.0.0.2"
"""The city has an address of its own, by which the firm tells calls on the trunk from its telephones."""

NOISE = (
    "VarSet",
    "RTCPSent",
    "RTCPReceived",
    "TestEvent",
    "Newexten",
    "ChallengeSent",
    "SuccessfulAuth",
    "RequestBadFormat",
)
"""Events the program has no use for: together some two thirds of all."""

MODULES = (
    *("app_blind_transfer", "app_attended_transfer", "app_bridgewait", "app_chanspy", "app_channelredirect"),
    *("app_confbridge", "app_directed_pickup", "app_queue", "app_transfer", "app_userevent"),
    *("res_cdrel_custom", "cdr_sqlite3_custom", "cel_sqlite3_custom"),
    "res_manager_devicestate",
)

CEL_FIELDS = (
    *("eventtype", "eventtime", "cidname", "cidnum", "cidani", "cidrdnis", "ciddnid", "context", "exten", "channame"),
    *("appname", "appdata", "accountcode", "uniqueid", "linkedid", "userfield", "peer", "userdeftype", "extra"),
)
CDR_FIELDS = (
    *("clid", "src", "dst", "dcontext", "channel", "dstchannel", "lastapp", "lastdata", "start", "answer", "end"),
    *("duration", "billsec", "disposition", "accountcode", "uniqueid", "linkedid", "userfield", "sequence"),
)
# The names the exchange knows some of these by.
CEL_NAMES = {
    "cidname": "name",
    "cidnum": "num",
    "cidani": "ani",
    "cidrdnis": "rdnis",
    "ciddnid": "dnid",
    "extra": "eventextra",
}


@dataclass(frozen=True, slots=True)
class FirmPorts:
    sip: int
    http: int
    ami: int
    rtp: tuple[int, int]
    city_sip: int


def write_firm(tree: AsteriskTree, folders: Folders, firm: Firm, ports: FirmPorts, accounts: list[Account]) -> None:
    """Writes every file of the firm's exchange; needs no exchange that runs."""
    modules = list(MODULES)
    if firm.postgres is not None:
        modules += write_postgres(folders.etc, firm.postgres)
    write_common(
        tree,
        folders,
        system_name="firm",
        ami_port=ports.ami,
        accounts=accounts,
        http_port=ports.http,
        rtp_ports=ports.rtp,
        modules=modules,
    )
    _records(folders.etc)
    write_conf(
        folders.etc / "features.conf", [("general", FEATURES), ("featuremap", (("blindxfer", "##"), ("atxfer", "*2")))]
    )
    write_people(folders, firm, ports)


FEATURES = (
    ("transferdigittimeout", 3),
    ("featuredigittimeout", 1000),
    ("atxfernoanswertimeout", 15),
    ("pickupexten", "*8"),
)


def write_people(folders: Folders, firm: Firm, ports: FirmPorts) -> None:
    """Writes the files that change with people, lines and groups: telephones, dialplan, queues."""
    write_conf(folders.etc / "pjsip.conf", _pjsip(firm, ports))
    write_conf(folders.etc / "queues.conf", _queues(firm))
    write_dialplan(folders.etc / "extensions.conf", globals_of(firm), contexts_of(firm))


def _pjsip(firm: Firm, ports: FirmPorts) -> list[Section]:
    sections: list[Section] = [
        (
            "global",
            (("type", "global"), ("user_agent", "Svyaz exchange"), ("endpoint_identifier_order", "ip,username")),
        ),
        ("transport-udp", (("type", "transport"), ("protocol", "udp"), ("bind", f"{LOOPBACK}:{ports.sip}"))),
        ("transport-tcp", (("type", "transport"), ("protocol", "tcp"), ("bind", f"{LOOPBACK}:{ports.sip}"))),
        ("transport-ws", (("type", "transport"), ("protocol", "ws"), ("bind", f"{LOOPBACK}:{ports.http}"))),
        ("city", (("type", "aor"), ("contact", f"sip:{CITY_ADDRESS}:{ports.city_sip}"), ("qualify_frequency", 30))),
        ("city", (("type", "identify"), ("endpoint", "city"), ("match", CITY_ADDRESS))),
        (
            "city",
            (
                *(("type", "endpoint"), ("context", "from-city"), ("aors", "city"), ("transport", "transport-udp")),
                *(("disallow", "all"), ("allow", "alaw,ulaw"), ("direct_media", False), ("trust_id_inbound", True)),
                *(("language", "ru"), ("callerid", "<>"), ("allow_transfer", False), ("rtp_timeout", 30)),
            ),
        ),
    ]
    for employee in firm.employees:
        sections += _desk_phone(firm, employee)
        sections += _panel(firm, employee)
    return sections


def _both(firm: Firm, employee: Employee, secret: str, endpoint: str) -> tuple[list[tuple[str, object]], list[Section]]:
    """What a desk phone and a panel have in common: the endpoint's options, and its password."""
    line = employee.line or firm.outgoing_line
    options: list[tuple[str, object]] = [
        *(("type", "endpoint"), ("context", "svyaz-staff-abroad" if employee.may_call_abroad else "svyaz-staff")),
        *(
            ("aors", endpoint),
            ("auth", endpoint),
            ("callerid", f'"{display_name(employee.name)}" <{employee.extension}>'),
        ),
        *(("language", "ru"), ("direct_media", False), ("rewrite_contact", True), ("rtp_symmetric", True)),
        *(("force_rport", True), ("dtmf_mode", "rfc4733"), ("media_address", LOOPBACK)),
        *(("bind_rtp_to_media_address", True), ("rtp_timeout", 10), ("rtp_timeout_hold", 120)),
        *(
            ("named_call_group", "firm"),
            ("named_pickup_group", "firm"),
            ("allow_subscribe", True),
            ("allow_transfer", True),
        ),
    ]
    if line is not None:
        options.append(("set_var", f"SVYAZ_LINE={line}"))
    password = (("type", "auth"), ("auth_type", "userpass"), ("username", endpoint), ("password", secret))
    return options, [(endpoint, password)]


def _desk_phone(firm: Firm, employee: Employee) -> list[Section]:
    endpoint = employee.extension
    options, rest = _both(firm, employee, employee.secret_sip, endpoint)
    options += [("disallow", "all"), ("allow", "alaw,ulaw"), ("device_state_busy_at", 2)]
    aor = (("type", "aor"), ("max_contacts", 1), ("remove_existing", True), ("qualify_frequency", 30))
    return [(endpoint, options), *rest, (endpoint, aor)]


def _panel(firm: Firm, employee: Employee) -> list[Section]:
    endpoint = f"{employee.extension}-web"
    options, rest = _both(firm, employee, employee.secret_web, endpoint)
    options += [("webrtc", True), ("dtls_auto_generate_cert", True), ("disallow", "all"), ("allow", "opus,ulaw")]
    # The qualify is also the panel's heartbeat: a socket on which nothing comes for long is dead.
    contacts = (("max_contacts", 1), ("remove_existing", True), ("remove_unavailable", True))
    aor = (("type", "aor"), *contacts, ("qualify_frequency", 15), ("qualify_timeout", 5))
    return [(endpoint, options), *rest, (endpoint, aor)]


def _queues(firm: Firm) -> list[Section]:
    sections: list[Section] = [
        ("general", (("persistentmembers", False), ("autofill", True), ("shared_lastcall", True)))
    ]
    for queue in firm.queues:
        names = {employee.extension: display_name(employee.name).replace(",", " ") for employee in firm.employees}
        members = [
            ("member", f"PJSIP/{endpoint},0,{names[member]},hint:{member}@svyaz-internal")
            for member in queue.members
            for endpoint in (member, f"{member}-web")
        ]
        options = [("strategy", queue.strategy), ("timeout", queue.ring_seconds), ("retry", 1), ("ringinuse", False)]
        options += [("joinempty", True), ("leavewhenempty", False), ("musicclass", "default"), ("wrapuptime", 0)]
        sections.append((queue.name, [*options, *members]))
    return sections


def _records(etc: Path) -> None:
    write_conf(
        etc / "cdr.conf",
        [("general", (("enable", True), ("unanswered", True), ("congestion", True), ("batch", False)))],
    )
    apps = "dial,queue,park,chanspy,pickup,pickupchan,musiconhold"
    write_conf(etc / "cel.conf", [("general", (("enable", True), ("apps", apps), ("events", "ALL")))])
    # Times as seconds since 1970 with their fraction: no zone to guess.
    cel = ", ".join("eventtime(float)" if each == "eventtime" else CEL_NAMES.get(each, each) for each in CEL_FIELDS)
    cdr = ", ".join(f"{each}(int64)" if each in ("start", "answer", "end") else each for each in CDR_FIELDS)
    _custom(etc / "cel_sqlite3_custom.conf", "cel", CEL_FIELDS, cel)
    _custom(
        etc / "cdr_sqlite3_custom.conf",
        "cdr",
        tuple(f"{each}_at" if each == "end" else each for each in CDR_FIELDS),
        cdr,
    )


def _custom(path: Path, table: str, columns: tuple[str, ...], fields: str) -> None:
    options = (("table", table), ("columns", ", ".join(columns)), ("fields", fields), ("busy_timeout", 2000))
    write_conf(path, [(table, options)])
