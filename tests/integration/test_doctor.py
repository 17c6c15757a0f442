"""`svyaz doctor` names what is wrong and what to do."""

import os
import subprocess
import sys

import pytest


@pytest.mark.django_db(transaction=True)
def test_the_doctor_says_what_is_missing(database_url: str) -> None:
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "SVYAZ_AMI_USER": "svyaz",
        "SVYAZ_AMI_PORT": "1",  # nobody listens there
        "SVYAZ_RECORDINGS_DIR": "/nowhere/at/all",
    }
    done = subprocess.run(
        [sys.executable, "-m", "svyaz.project.cli", "doctor"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    lines = {line.split(":")[0].split()[-1]: line for line in done.stdout.splitlines()}
    assert lines["database"].startswith("ok")
    assert lines["search"].startswith("ok")
    assert lines["migrations"].startswith("ok")
    assert lines["exchange"].startswith("WRONG")
    assert "accepts no connections" in lines["exchange"]
    assert "/nowhere/at/all does not exist here" in lines["recordings"]
    assert "SVYAZ_CEL is not set" in lines["CEL"]
