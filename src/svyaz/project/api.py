"""The HTTP API: every feature's router under one roof."""

from ninja import NinjaAPI

from svyaz.calls.api import router as calls
from svyaz.crm.api import router as crm
from svyaz.kit.http import install
from svyaz.staff.api import router as staff
from svyaz.workspace.api import router as workspace

api = NinjaAPI(title="Svyaz", version="1", urls_namespace="api", docs_url=None)
install(api)
for router in (staff, crm, calls, workspace):
    api.add_router("", router)
