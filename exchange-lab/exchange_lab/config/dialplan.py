"""The firm's dialplan.

Contexts: ``svyaz-internal`` (extensions, groups, queues, hints), ``svyaz-country`` and ``svyaz-abroad`` (outside
numbers), ``svyaz-staff`` and ``svyaz-staff-abroad`` (what a telephone may dial, by right), ``from-city`` (lines),
``svyaz-click`` and ``svyaz-click-abroad`` (where an operator's leg begins after click-to-call), ``svyaz-hold`` (music),
``svyaz-spy`` (supervisor), ``svyaz-pickup`` (an operator's leg takes over a ringing call), ``svyaz-resume-wait`` and
``svyaz-resume`` (the other side of a talk whose panel was reloaded: music, and back to it).
"""

from exchange_lab.firm import Employee, Firm, RingGroup

HEADER_LEG = "b(svyaz-leg^s^1)"
"""Before a telephone of the firm rings: the INVITE gets ``X-Svyaz-Call`` with the call's Linkedid."""

END = "Goto(svyaz-end,s-${DIALSTATUS},1)"


def globals_of(firm: Firm) -> dict[str, str]:
    return {
        "RING_SECONDS": str(firm.ring_seconds),
        "OUTSIDE_RING_SECONDS": str(firm.outside_ring_seconds),
        "OUTGOING_LINE": firm.outgoing_line or "",
    }


def contexts_of(firm: Firm) -> dict[str, list[str]]:
    return {
        "svyaz-internal": _internal(firm),
        "svyaz-ring": _ring(firm),
        "svyaz-groups": [line for group in firm.ring_groups for line in _group(group)],
        "svyaz-queues": _queues(firm),
        "svyaz-leg": _lines("s", "Set(PJSIP_HEADER(add,X-Svyaz-Call)=${CHANNEL(linkedid)})", "Return()"),
        "svyaz-resume": _resume(firm),
        "svyaz-resume-wait": _resume_wait(firm),
        "svyaz-resume-leg": _lines(
            "s",
            "Set(PJSIP_HEADER(add,X-Svyaz-Call)=${CHANNEL(linkedid)})",
            "Set(PJSIP_HEADER(add,X-Svyaz-Resume)=1)",
            "Return()",
        ),
        "svyaz-end": _end(),
        "svyaz-country": _country(),
        "svyaz-abroad": _abroad(),
        "svyaz-out": _out(),
        "svyaz-features": _features(firm),
        "svyaz-staff": ["include => svyaz-internal", "include => svyaz-features", "include => svyaz-country"],
        "svyaz-staff-abroad": ["include => svyaz-staff", "include => svyaz-abroad"],
        "svyaz-click": _click("svyaz-staff"),
        "svyaz-click-abroad": _click("svyaz-staff-abroad"),
        "svyaz-hold": _lines("s", "Answer()", "MusicOnHold(default,3600)", "Hangup()"),
        "svyaz-spy": _lines("s", "Answer()", "ChanSpy(${SPYCHAN},${SPYOPT})", "Hangup()"),
        "svyaz-pickup": _lines("s", "Answer()", "PickupChan(${SVYAZ_PICKUP})", "Hangup(31)"),
        "from-city": _from_city(firm),
    }


def _lines(exten: str, *applications: str) -> list[str]:
    """One extension, its applications in order; ``name: App()`` gives a line a label."""
    out: list[str] = []
    for index, application in enumerate(applications):
        label, separator, rest = application.partition(": ")
        named = separator and label.isalpha()
        priority = ("1" if index == 0 else "n") + (f"({label})" if named else "")
        start = f"exten => {exten}," if index == 0 else " same => "
        out.append(f"{start}{priority},{rest if named else application}")
    return out


def _context(employee: Employee) -> str:
    return "svyaz-staff-abroad" if employee.may_call_abroad else "svyaz-staff"


def _internal(firm: Firm) -> list[str]:
    out: list[str] = []
    for employee in firm.employees:
        number = employee.extension
        out.append(f"exten => {number},hint,PJSIP/{number}&PJSIP/{number}-web")
        out += _lines(number, f"Goto(svyaz-ring,{number},1)")
    for group in firm.ring_groups:
        out += _lines(group.number, f"Goto(svyaz-groups,{group.number},1)")
    for queue in firm.queues:
        out += _lines(queue.number, f"Goto(svyaz-queues,{queue.number},1)")
    return out


def _device(endpoint: str) -> str:
    """Adds an endpoint to SVYAZ_DEVICES if a telephone is registered at it."""
    more = f"Set(SVYAZ_DEVICES=${{SVYAZ_DEVICES}}&PJSIP/{endpoint})"
    return f'ExecIf($["${{PJSIP_AOR({endpoint},contact)}}" != ""]?{more})'


# Nobody is there: a caller from outside hears ringing while somebody may still come on line, a colleague is told.
WAIT_FOR_DEVICES = (
    'GotoIf($["${SVYAZ_DEVICES}" != ""]?call)',
    "GotoIf($[${SVYAZ_WAITED} >= 0${SVYAZ_MAY_WAIT}]?absent)",
    "Ringing()",
    "Wait(1)",
    "Set(SVYAZ_WAITED=$[${SVYAZ_WAITED} + 1])",
    "Goto(look)",
    "absent: Hangup(20)",
)


def _ring(firm: Firm) -> list[str]:
    out: list[str] = []
    for employee in firm.employees:
        number = employee.extension
        out += _lines(
            number,
            "Set(SVYAZ_WAITED=0)",
            f"Set(SVYAZ_FORWARD=${{DB(svyaz-forward/{number})}})",
            'GotoIf($["${SVYAZ_FORWARD}" = ""]?look)',
            # Two people who forward to each other must not make a call go round for ever.
            "Set(__SVYAZ_FORWARDS=$[0${SVYAZ_FORWARDS} + 1])",
            "GotoIf($[${SVYAZ_FORWARDS} > 3]?look)",
            f"Set(__SVYAZ_LINE={employee.line or firm.outgoing_line or ''})",
            f"Goto({_context(employee)},${{SVYAZ_FORWARD}},1)",
            "look: Set(SVYAZ_DEVICES=)",
            _device(number),
            _device(f"{number}-web"),
            *WAIT_FOR_DEVICES,
            f"call: Dial(${{SVYAZ_DEVICES:1}},${{RING_SECONDS}},tT{HEADER_LEG})",
            END,
        )
    return out


def _group(group: RingGroup) -> list[str]:
    if group.through_local:
        members = "&".join(f"Local/{member}@svyaz-ring" for member in group.members)
        return _lines(group.number, f"Dial({members},{group.ring_seconds},tT)", END)
    return _lines(
        group.number,
        "Set(SVYAZ_WAITED=0)",
        "look: Set(SVYAZ_DEVICES=)",
        *(_device(endpoint) for member in group.members for endpoint in (member, f"{member}-web")),
        *WAIT_FOR_DEVICES,
        f"call: Dial(${{SVYAZ_DEVICES:1}},{group.ring_seconds},tT{HEADER_LEG})",
        END,
    )


def _queues(firm: Firm) -> list[str]:
    out: list[str] = []
    for queue in firm.queues:
        call = f"Queue({queue.name},tT{HEADER_LEG},,,{queue.wait_seconds})"
        out += _lines(queue.number, "Answer()", call, "Hangup(19)")
    return out


def _resume(firm: Firm) -> list[str]:
    """The other side of a talk whose panel was reloaded is brought back to it; should it not answer, all ring."""
    out: list[str] = []
    for employee in firm.employees:
        number = employee.extension
        dial = f"Dial(PJSIP/{number}-web,10,tTb(svyaz-resume-leg^s^1))"
        talked = 'GotoIf($["${DIALSTATUS}" = "ANSWER"]?over)'
        out += _lines(number, dial, talked, f"Goto(svyaz-ring,{number},1)", "over: Hangup(16)")
    return out


def _resume_wait(firm: Firm) -> list[str]:
    """Music until the panel is back, for which the program looks; should it stay away, the telephones ring."""
    out: list[str] = []
    for employee in firm.employees:
        number = employee.extension
        out += _lines(number, "Answer()", "MusicOnHold(default,20)", f"Goto(svyaz-ring,{number},1)")
    return out


def _end() -> list[str]:
    causes = {"BUSY": 17, "NOANSWER": 19, "CHANUNAVAIL": 20, "CONGESTION": 34, "CANCEL": 16, "ANSWER": 16}
    out = [f"exten => s-{status},1,Hangup({cause})" for status, cause in causes.items()]
    return [*out, "exten => _s-.,1,Hangup(34)"]


def _country() -> list[str]:
    """Russian numbers in every spelling; +7 6xx and +7 7xx are Kazakhstan and therefore not here."""
    out: list[str] = []
    for pattern, cut in (("_8[3489]XXXXXXXXX", 1), ("_7[3489]XXXXXXXXX", 1), ("_+7[3489]XXXXXXXXX", 2)):
        # 809 are numbers that cost extra.
        out += _lines(pattern.replace("[3489]XXX", "809X"), "Hangup(21)")
        out += _lines(pattern, f"Goto(svyaz-out,7${{EXTEN:{cut}}},1)")
    return out


def _abroad() -> list[str]:
    out = _lines("_810[1-9]XXXXXX!", "Goto(svyaz-out,${EXTEN:3},1)")
    out += _lines("_+[1-9]XXXXXX!", "Goto(svyaz-out,${EXTEN:1},1)")
    # E.164 without its plus, as long as it cannot be mistaken for a Russian number that begins with 8.
    for pattern in ("_7[0-25-7]XXXXXXXXX", "_[1-69]XXXXXXXXX!", "_8[1256]XXXXXXXX!"):
        out += _lines(pattern, "Goto(svyaz-out,${EXTEN},1)")
    return out


def _out() -> list[str]:
    return _lines(
        "_X.",
        'Set(CALLERID(num)=${IF($["${SVYAZ_LINE}" != ""]?${SVYAZ_LINE}:${OUTGOING_LINE})})',
        "Set(CALLERID(name)=)",
        "Dial(PJSIP/${EXTEN}@city,${OUTSIDE_RING_SECONDS},tT)",
        # DIALSTATUS has no word of its own for a call that was rejected.
        'ExecIf($["${HANGUPCAUSE}" = "21"]?Hangup(21))',
        END,
    )


def _features(firm: Firm) -> list[str]:
    """``*8`` takes over any call that rings somewhere, ``*8101`` the one that rings at 101."""
    out = _lines("*8", "Pickup()", "Hangup(31)")
    for employee in firm.employees:
        out += _lines(f"*8{employee.extension}", f"PickupChan(PJSIP/{employee.extension}-,p)", "Hangup(31)")
    return out


def _click(context: str) -> list[str]:
    # The operator's leg was shown the client's number; from here on it is the caller.
    caller = "Set(CALLERID(all)=${PJSIP_ENDPOINT(${CHANNEL(endpoint)},callerid)})"
    return _lines("_X!", caller, f"Goto({context},${{EXTEN}},1)") + _lines(
        "_[+*]X!", caller, f"Goto({context},${{EXTEN}},1)"
    )


def _from_city(firm: Firm) -> list[str]:
    out: list[str] = []
    for line in firm.lines:
        out += _lines(
            line.number,
            # A transfer of a client's call is dialled as an employee without rights would dial.
            "Set(__TRANSFER_CONTEXT=svyaz-staff)",
            "Set(SVYAZ_MAY_WAIT=${RING_SECONDS})",
            f"Goto(svyaz-internal,{line.route},1)",
        )
    return out
