"""Who may do what, and who hears of it."""

import pytest

from svyaz.kit.errors import Forbidden
from svyaz.realtime.models import Event
from svyaz.staff import queries, services
from svyaz.staff.models import Group, Right, Role, Scope
from svyaz.staff.rights import effective_rights
from tests.integration.people import Api, administrator, hired

pytestmark = pytest.mark.django_db


def test_roles_give_what_the_product_promises() -> None:
    operator = effective_rights(hired())
    supervisor = effective_rights(hired("sup", "107", role=Role.SUPERVISOR))
    boss = effective_rights(administrator())
    assert operator.allows(Right.MAKE_CALLS)
    assert not operator.allows(Right.CALL_ABROAD)
    assert not operator.allows(Right.SUPERVISE)
    assert supervisor.scopes()["supervise"] == "group"
    assert boss.scopes()["see_calls"] == "all"
    assert boss.allows(Right.ADMINISTER)
    assert not boss.allows(Right.SUPERVISE)
    with pytest.raises(Forbidden, match="administer"):
        operator.require(Right.ADMINISTER)


def test_a_supervisor_reaches_their_group_and_nobody_else() -> None:
    anna, boris, darya = hired(), hired("boris", "102"), hired("darya", "103")
    sup = hired("sup", "107", role=Role.SUPERVISOR)
    group = Group.objects.create(name="Продажи", extension="600")
    group.members.set([anna, boris, sup])
    rights = effective_rights(sup)
    assert rights.covers(Right.SUPERVISE, anna.id)
    assert rights.covers(Right.SUPERVISE, boris.id)
    assert not rights.covers(Right.SUPERVISE, darya.id)


def test_an_employees_own_grant_decides_over_groups_and_role() -> None:
    boss, anna, boris = administrator(), hired(), hired("boris", "102")
    group = Group.objects.create(name="Продажи")
    group.members.set([anna, boris])
    services.give_right(Right.SEE_CALLS, Scope.ALL, to=group, by=boss)
    assert effective_rights(anna).scopes()["see_calls"] == "all"
    services.give_right(Right.SEE_CALLS, Scope.NAMED, to=anna, by=boss, named=[boris])
    rights = effective_rights(anna)
    assert rights.scopes()["see_calls"] == "named"
    assert rights.covers(Right.SEE_CALLS, boris.id)
    assert rights.covers(Right.SEE_CALLS, anna.id)
    assert not rights.covers(Right.SEE_CALLS, boss.id)
    services.give_right(Right.SEE_CALLS, Scope.NONE, to=anna, by=boss)
    assert not effective_rights(anna).allows(Right.SEE_CALLS)
    services.withdraw_grant(Right.SEE_CALLS, of=anna, by=boss)
    assert effective_rights(anna).scopes()["see_calls"] == "all"


def test_a_group_can_take_away_what_the_role_gives() -> None:
    boss, anna = administrator(), hired()
    trainees = Group.objects.create(name="Стажёры")
    trainees.members.set([anna])
    services.give_right(Right.EDIT_CRM, Scope.NONE, to=trainees, by=boss)
    refused = Api(anna)("POST", "/clients", {"name": "ООО «Ромашка»"})
    assert (refused.status, refused["code"]) == (403, "forbidden")
    assert "Изменять клиентов" in refused["message"]


def test_topics_follow_the_rights() -> None:
    boss, anna, boris = administrator(), hired(), hired("boris", "102")
    assert queries.topics_for(anna) == {
        f"employee:{anna.id}", "staff", "crm", "exchange", f"calls:employee:{anna.id}",
        f"recordings:employee:{anna.id}",
    }  # fmt: skip
    assert "calls:all" in queries.topics_for(boss)
    group = Group.objects.create(name="Продажи")
    group.members.set([anna, boris])
    services.give_right(Right.SEE_CALLS, Scope.GROUP, to=anna, by=boss)
    assert {f"calls:group:{group.id}", f"calls:employee:{boris.id}"} <= queries.topics_for(anna)
    # Hearing is a right of its own and never goes further than seeing.
    assert f"recordings:employee:{boris.id}" not in queries.topics_for(anna)
    services.give_right(Right.HEAR_RECORDINGS, Scope.ALL, to=anna, by=boss)
    heard = {topic for topic in queries.topics_for(anna) if topic.startswith("recordings:")}
    assert heard == {
        f"recordings:{topic}"
        for topic in (f"employee:{anna.id}", f"employee:{boris.id}", f"group:{group.id}")
    }  # fmt: skip
    services.give_right(Right.HEAR_RECORDINGS, Scope.NONE, to=anna, by=boss)
    assert not any(topic.startswith("recordings:") for topic in queries.topics_for(anna))
    services.dismiss(anna, by=boss)
    assert queries.topics_for(anna) == set()


def test_a_change_of_rights_is_told_to_those_concerned_and_written_down() -> None:
    boss, anna, boris = administrator(), hired(), hired("boris", "102")
    group = Group.objects.create(name="Продажи")
    group.members.set([anna, boris])
    services.give_right(Right.CALL_ABROAD, Scope.ALL, to=group, by=boss)
    told = Event.objects.filter(kind="rights").values_list("topics", flat=True)
    assert sorted(told) == sorted([[f"employee:{anna.id}"], [f"employee:{boris.id}"]])
    from svyaz.staff.models import AuditEntry

    entry = AuditEntry.objects.get(action="give_right")
    assert (entry.actor, entry.details) == (boss, {"right": "call_abroad", "scope": "all"})


def test_presence_joins_the_telephone_and_the_person() -> None:
    anna = hired()
    api = Api(anna)
    services.set_line_states({"101": "online", "999": "online"})
    assert api("PUT", "/presence", {"state": "away", "text": "обед"})["state"] == "away"
    services.set_line_states({"101": "busy"}, {"101": "ООО «ТехноСтрой»"})
    [me] = api("GET", "/employees").body
    assert (me["state"], me["away_text"], me["talking_to"]) == ("busy", "обед", "ООО «ТехноСтрой»")
    services.set_line_states({"101": "online"})
    assert api("PUT", "/presence", {"state": "online"})["state"] == "online"
    services.set_line_states({"101": "offline"})
    states = [event.data["state"] for event in Event.objects.filter(kind="employee")]
    assert states == ["offline", "online", "away", "busy", "away", "online", "offline"]


def test_what_did_not_change_is_not_told() -> None:
    hired()
    services.set_line_states({"101": "online"})
    before = Event.objects.count()
    services.set_line_states({"101": "online"})
    assert Event.objects.count() == before
