"""Employees and what belongs to them."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower

from svyaz.kit import secrets
from svyaz.kit.ids import uuid7


class Role(models.TextChoices):
    """What an employee does; gives the rights that grants then widen or narrow."""

    OPERATOR = "operator", "Оператор"
    SUPERVISOR = "supervisor", "Супервизор"
    ADMINISTRATOR = "administrator", "Администратор"


class EmployeeManager(BaseUserManager["Employee"]):
    """Finds people by login whatever its case."""

    def get_by_natural_key(self, username: str | None) -> "Employee":
        return self.get(login__iexact=username or "")

    async def aget_by_natural_key(self, username: str | None) -> "Employee":
        return await self.aget(login__iexact=username or "")

    def create_user(self, login: str, password: str | None = None, **fields: Any) -> "Employee":
        """An employee with a hashed password (None: cannot sign in)."""
        employee = self.model(login=login.strip().lower(), **fields)
        employee.set_password(password)
        employee.save(using=self._db)
        return employee


class Employee(AbstractBaseUser):
    """A person of the firm, who may sign in."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    login = models.CharField(max_length=64, unique=True)
    first_name = models.CharField(max_length=60)
    last_name = models.CharField(max_length=60, blank=True)
    middle_name = models.CharField(max_length=60, blank=True)
    position = models.CharField(max_length=100, blank=True)
    email = models.EmailField(blank=True)
    extension = models.CharField(
        max_length=6, null=True, blank=True, unique=True, validators=[RegexValidator(r"^[1-9][0-9]{1,5}$")]
    )
    role = models.CharField(max_length=16, choices=Role, default=Role.OPERATOR)
    language = models.CharField(max_length=2, default="ru", choices=[("ru", "Русский"), ("en", "English")])
    theme = models.CharField(max_length=8, default="system", choices=[(t, t) for t in ("system", "light", "dark")])
    # None: as the firm does.
    works_with_leads = models.BooleanField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = EmployeeManager()

    USERNAME_FIELD = "login"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["first_name"]

    class Meta:
        ordering: ClassVar = ["last_name", "first_name"]
        constraints: ClassVar = [models.UniqueConstraint(Lower("login"), name="staff_employee_login")]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """«Анна Смирнова»."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def short_name(self) -> str:
        """«Анна С.»."""
        return f"{self.first_name} {self.last_name[:1]}." if self.last_name else self.first_name

    @property
    def initials(self) -> str:
        """«АС»."""
        return (self.first_name[:1] + self.last_name[:1]).upper()


class Group(models.Model):
    """Employees who answer together and whose calls a supervisor may see together."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=100, unique=True)
    # Of the ring group or queue at the exchange; empty for a group that only gives rights.
    extension = models.CharField(max_length=20, blank=True)
    members: "models.ManyToManyField[Employee, Any]" = models.ManyToManyField(Employee, related_name="groups")

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Right(models.TextChoices):
    """What may be given to employees and groups."""

    MAKE_CALLS = "make_calls", "Звонить"
    CALL_ABROAD = "call_abroad", "Звонить за границу"
    SUPERVISE = "supervise", "Подслушивать, шептать, присоединяться"
    SEE_CALLS = "see_calls", "Видеть звонки"
    HEAR_RECORDINGS = "hear_recordings", "Слушать и скачивать записи"
    SEE_TRANSCRIPTS = "see_transcripts", "Видеть расшифровки и анализ"
    SEE_CHATS = "see_chats", "Видеть чаты"
    HAND_OVER_CHATS = "hand_over_chats", "Передавать чаты"
    EDIT_CRM = "edit_crm", "Изменять клиентов и лиды"
    ADMINISTER = "administer", "Администрировать"


class Scope(models.TextChoices):
    """Over whom a right reaches."""

    NONE = "none", "Нет"
    OWN = "own", "Свои"
    NAMED = "named", "Названные сотрудники"
    GROUP = "group", "Свои группы"
    ALL = "all", "Все"


class Grant(models.Model):
    """A right given to one employee or to the members of one group."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    right = models.CharField(max_length=20, choices=Right)
    scope = models.CharField(max_length=8, choices=Scope)
    employee = models.ForeignKey(Employee, on_delete=models.CASCADE, null=True, blank=True, related_name="grants")
    group = models.ForeignKey(Group, on_delete=models.CASCADE, null=True, blank=True, related_name="grants")
    # With scope «named»: over these, and over the members of these groups.
    named: "models.ManyToManyField[Employee, Any]" = models.ManyToManyField(Employee, blank=True, related_name="+")
    named_groups: "models.ManyToManyField[Group, Any]" = models.ManyToManyField(Group, blank=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="staff_grant_one_holder",
                condition=models.Q(employee__isnull=False, group__isnull=True)
                | models.Q(employee__isnull=True, group__isnull=False),
            ),
            models.UniqueConstraint(fields=["right", "employee"], name="staff_grant_employee"),
            models.UniqueConstraint(fields=["right", "group"], name="staff_grant_group"),
        ]

    def __str__(self) -> str:
        return f"{self.right}: {self.scope}"


class Device(models.Model):
    """A telephone of an employee at the exchange: its endpoint and the random password nobody types."""

    class Kind(models.TextChoices):
        SIP = "sip", "SIP-телефон"
        WEBRTC = "webrtc", "Панель"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    employee = models.ForeignKey(Employee, on_delete=models.CASCADE, related_name="devices")
    endpoint = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=8, choices=Kind)
    sealed_secret = models.TextField()

    class Meta:
        ordering: ClassVar = ["endpoint"]

    def __str__(self) -> str:
        return self.endpoint

    @property
    def secret(self) -> str:
        """The SIP password in clear. Raises kit.secrets.UnreadableSecret."""
        return secrets.decrypt(self.sealed_secret)


class LineState(models.TextChoices):
    """What the exchange says of an employee's telephones together."""

    ONLINE = "online"
    RINGING = "ringing"
    BUSY = "busy"
    OFFLINE = "offline"


class Presence(models.Model):
    """Where an employee is: the state of their telephones and what they say of themselves."""

    employee = models.OneToOneField(Employee, on_delete=models.CASCADE, primary_key=True, related_name="presence")
    line_state = models.CharField(max_length=8, choices=LineState, default=LineState.OFFLINE)
    away = models.BooleanField(default=False)
    away_text = models.CharField(max_length=100, blank=True)
    talking_to = models.CharField(max_length=200, blank=True)
    since = models.DateTimeField()

    def __str__(self) -> str:
        return self.state

    @property
    def state(self) -> str:
        """online, ringing, busy, away or offline: a call says more than «away», and «away» more than a silent phone."""
        if self.line_state in (LineState.RINGING, LineState.BUSY):
            return self.line_state
        if self.away and self.line_state == LineState.ONLINE:
            return "away"
        return self.line_state


class AuditEntry(models.Model):
    """Who did what that must be answerable for: listening, downloading, supervising, exporting, rights, sign-ins."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField(auto_now_add=True, db_index=True)
    actor = models.ForeignKey(Employee, on_delete=models.SET_NULL, null=True, related_name="+")
    # The name as it was: the entry outlives the employee.
    actor_name = models.CharField(max_length=200)
    action = models.CharField(max_length=40, db_index=True)
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_id = models.UUIDField(null=True, blank=True, db_index=True)
    details = models.JSONField(default=dict, blank=True)
    address = models.GenericIPAddressField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.actor_name}: {self.action}"


EmployeeId = uuid.UUID
