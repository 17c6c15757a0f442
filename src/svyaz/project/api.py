"""The HTTP API: every feature's router under one roof."""

import importlib.util

from ninja import NinjaAPI

api = NinjaAPI(title="Svyaz", version="1", urls_namespace="api", docs_url=None)

for feature in ("staff", "crm", "workspace", "calls"):
    if importlib.util.find_spec(f"svyaz.{feature}.api"):
        api.add_router("", importlib.import_module(f"svyaz.{feature}.api").router)
