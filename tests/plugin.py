"""Loaded before Django reads its settings: gives the test run a state folder of its own."""

import atexit
import os
import shutil
import tempfile

if "SVYAZ_TEST_HOME" not in os.environ:
    _home = tempfile.mkdtemp(prefix="svyaz-test-")
    atexit.register(shutil.rmtree, _home, ignore_errors=True)
    os.environ["SVYAZ_TEST_HOME"] = _home
os.environ["SVYAZ_HOME"] = os.environ["SVYAZ_TEST_HOME"]
# A test run never touches a database that somebody configured for the program.
os.environ.pop("DATABASE_URL", None)
os.environ["SVYAZ_POSTGRES_THROWAWAY"] = "1"
