"""SIP telephones in a process of their own (pjsua2): commands on standard input, events on standard output, JSON.

A telephone says a tone of its own into every call and writes what it hears to a wav file.  A process of its own,
because the library holds the interpreter's lock while it works and may not be used from two threads.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pjsua2 as pj

HEADER = re.compile(r"^(X-[A-Za-z-]+|Call-Info|From|Alert-Info):\s*(.*?)\s*$", re.MULTILINE)


# The library prints to standard output what it likes; our events go out by a way of their own.
EVENTS = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(event: str, **values: Any) -> None:
    EVENTS.write(json.dumps({"event": event, **values}) + "\n")


class Call(pj.Call):  # type: ignore[misc]
    """One call at one telephone."""

    def __init__(self, phone: Phone, name: str, call_id: int = pj.PJSUA_INVALID_ID) -> None:
        super().__init__(phone, call_id)
        self.phone = phone
        self.name = name
        self.recorder: Any = None

    def onCallState(self, prm: Any) -> None:
        info = self.getInfo()
        if info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            # Before the others learn of the end: the file is whole only then.
            self.recorder = None
            self.phone.server.gone.append(self.name)
        say("state", call=self.name, state=info.stateText, status=info.lastStatusCode, remote=info.remoteUri)

    def onCallMediaState(self, prm: Any) -> None:
        try:
            self._connect()
        except pj.Error as error:
            say("failed_media", call=self.name, text=error.info())

    def _connect(self) -> None:
        info = self.getInfo()  # kept: its list of media dies with it
        for index, media in enumerate(info.media):
            if media.type == pj.PJMEDIA_TYPE_AUDIO and media.status == pj.PJSUA_CALL_MEDIA_ACTIVE:
                audio = self.getAudioMedia(index)
                self.phone.tone.startTransmit(audio)
                if self.recorder is None:
                    self.recorder = pj.AudioMediaRecorder()
                    self.recorder.createRecorder(str(self.phone.server.folder / f"{self.name}.wav"))
                audio.startTransmit(self.recorder)
                say("media", call=self.name)

    def onCallTransferStatus(self, prm: Any) -> None:
        say("transfer", call=self.name, status=prm.statusCode, final=bool(prm.finalNotify))
        if prm.finalNotify and prm.statusCode // 100 == 2:
            # After an accepted REFER the first leg stays up until its own telephone hangs up.
            self.phone.server.later.append(self.name)

    def onDtmfDigit(self, prm: Any) -> None:
        say("dtmf", call=self.name, digit=prm.digit)


class Phone(pj.Account):  # type: ignore[misc]
    """One registered telephone."""

    def __init__(self, server: Server, name: str, frequency: int) -> None:
        super().__init__()
        self.server = server
        self.name = name
        self.refuses = 0
        self.tone = pj.ToneGenerator()
        self.tone.createToneGenerator()
        description = pj.ToneDesc()
        description.freq1, description.freq2, description.on_msec, description.off_msec = frequency, 0, 1000, 0
        tones = pj.ToneDescVector()
        tones.append(description)
        self.tone.play(tones, True)

    def onRegState(self, prm: Any) -> None:
        say("registered", phone=self.name, status=prm.code, expires=prm.expiration)

    def onIncomingCall(self, prm: Any) -> None:
        name = self.server.next_name(self.name)
        call = Call(self, name, prm.callId)
        self.server.calls[name] = call
        if self.refuses:
            self.server.answer(call, self.refuses)
            return
        headers = dict(HEADER.findall(prm.rdata.wholeMsg))
        self.server.answer(call, 180)
        say("incoming", phone=self.name, call=name, headers=headers)
        if "answer-after=0" in headers.get("Call-Info", ""):
            self.server.answer(call, 200)


class Server:
    """The library and what lives in it; everything happens in the thread that runs `loop`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.phones: dict[str, Phone] = {}
        self.calls: dict[str, Call] = {}
        self.gone: list[str] = []
        self.later: list[str] = []
        self.count = 0
        self.endpoint = pj.Endpoint()
        self.endpoint.libCreate()
        config = pj.EpConfig()
        config.uaConfig.threadCnt = 0
        config.uaConfig.mainThreadOnly = True
        config.uaConfig.maxCalls = 30
        config.logConfig.level = config.logConfig.consoleLevel = 0
        config.medConfig.clockRate = config.medConfig.sndClockRate = 8000
        config.medConfig.noVad = True
        config.medConfig.ecTailLen = 0
        self.endpoint.libInit(config)
        transport = pj.TransportConfig()
        transport.boundAddress = "127.0.0.1"
        self.transport = self.endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
        self.endpoint.libStart()
        self.endpoint.audDevManager().setNullDev()

    def next_name(self, phone: str) -> str:
        self.count += 1
        return f"{phone}-{self.count}"

    def answer(self, call: Call, code: int) -> None:
        parameters = pj.CallOpParam()
        parameters.statusCode = code
        call.answer(parameters)

    def loop(self) -> None:
        # No second thread for reading: the library holds the interpreter's lock while it waits.
        os.set_blocking(sys.stdin.fileno(), False)
        said = b""
        say("ready")
        while True:
            with contextlib.suppress(BlockingIOError):
                data = os.read(sys.stdin.fileno(), 65536)
                if not data:
                    return
                said += data
            *lines, said = said.split(b"\n")
            for line in lines:
                self._do(json.loads(line))
            self.endpoint.libHandleEvents(10)
            for name in self.later:
                if name in self.calls:
                    self.calls[name].hangup(pj.CallOpParam())
            self.later.clear()
            for name in self.gone:
                self.calls.pop(name, None)
            self.gone.clear()

    def _do(self, command: dict[str, Any]) -> None:
        number = command.pop("id")
        try:
            result = getattr(self, f"do_{command.pop('do')}")(**command)
            say("done", id=number, result=result)
        except (pj.Error, KeyError, ValueError) as error:
            text = error.info() if isinstance(error, pj.Error) else repr(error)
            say("failed", id=number, text=text)

    def do_add(self, phone: str, secret: str, host: str, port: int, frequency: int) -> None:
        config = pj.AccountConfig()
        config.idUri = f"sip:{phone}@{host}:{port}"
        config.regConfig.registrarUri = f"sip:{host}:{port}"
        config.regConfig.timeoutSec = 120
        config.regConfig.retryIntervalSec = config.regConfig.firstRetryIntervalSec = 1
        config.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", phone, 0, secret))
        config.mediaConfig.transportConfig.boundAddress = host
        account = Phone(self, phone, frequency)
        self.phones[phone] = account
        account.create(config)

    def do_remove(self, phone: str) -> None:
        account = self.phones.pop(phone)
        account.shutdown()

    def do_refuse(self, phone: str, code: int) -> None:
        """Refuse every call at once, without ringing; 0: no longer."""
        self.phones[phone].refuses = code

    def do_call(self, phone: str, to: str, host: str, port: int) -> str:
        name = self.next_name(phone)
        call = Call(self.phones[phone], name)
        self.calls[name] = call
        call.makeCall(f"sip:{to}@{host}:{port}", pj.CallOpParam(True))
        return name

    def do_answer(self, call: str, code: int) -> None:
        self.answer(self.calls[call], code)

    def do_hang_up(self, call: str) -> None:
        if call in self.calls:
            self.calls[call].hangup(pj.CallOpParam())

    def do_hold(self, call: str) -> None:
        self.calls[call].setHold(pj.CallOpParam(True))

    def do_unhold(self, call: str) -> None:
        parameters = pj.CallOpParam(True)
        parameters.opt.flag = pj.PJSUA_CALL_UNHOLD
        self.calls[call].reinvite(parameters)

    def do_keys(self, call: str, keys: str) -> None:
        self.calls[call].dialDtmf(keys)

    def do_refer(self, call: str, to: str) -> None:
        self.calls[call].xfer(to, pj.CallOpParam(True))

    def do_refer_attended(self, call: str, other: str) -> None:
        self.calls[call].xferReplaces(self.calls[other], pj.CallOpParam(True))

    def do_redirect(self, call: str, to: str) -> None:
        """Answers 302: the telephone's own call forwarding."""
        parameters = pj.CallOpParam()
        parameters.statusCode = 302
        header = pj.SipHeader()
        header.hName, header.hValue = "Contact", f"<{to}>"
        parameters.txOption.headers.append(header)
        self.calls[call].hangup(parameters)


if __name__ == "__main__":
    Server(Path(sys.argv[1])).loop()
    # The library's own way out may hang or crash; nothing is left to be saved.
    EVENTS.flush()
    os._exit(0)
