"""The jobs process makes the recording of a call that just ended."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from svyaz.calls.models import Recording
from svyaz.calls.services import recordings
from tests.integration.calls.scenes import Scene
from tests.integration.calls.sounds import tone
from tests.integration.calls.waiting import eventually
from tests.integration.people import hired


@pytest.mark.django_db(transaction=True)
def test_a_recording_is_ready_soon_after_the_call(database_url: str, tmp_path: Path) -> None:
    hired()
    scene = Scene()
    call = scene.incoming("79161234567").rings("101").answered("101")
    leg = call.row().legs.get(endpoint="101")
    recordings.begin(scene.exchange.id, [recordings.Beginning(leg.key, "a-stem", scene.at)])
    tone(tmp_path / "a-stem-in.wav", 440, 3)
    tone(tmp_path / "a-stem-out.wav", 1000, 3)
    environment = {**os.environ, "DATABASE_URL": database_url, "SVYAZ_RECORDINGS_DIR": str(tmp_path)}
    process = subprocess.Popen([sys.executable, "-m", "svyaz.project.cli", "jobs"], env=environment)
    try:
        call.hung_up(after=3)
        recordings.finish([recordings.Ending("a-stem", scene.at)])
        eventually(database_url, lambda: Recording.objects.filter(state="ready").exists(), "the recording is ready", 60)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    recording = Recording.objects.get()
    assert (recording.flags, recording.duration_ms) == ([], 3000)
    assert not list(tmp_path.glob("a-stem*"))
