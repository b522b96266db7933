"""A mail server for the mail port's contract, and a reader of mail.

    server.py serve FOLDER   listens on three ports, which it prints as one line of JSON, until its input ends
    server.py read FILE      prints headers and text of a mail as JSON, as Python's email package reads them

What is taken stands in FOLDER as `RECEIVER/N.eml`, with `N.json` beside it: sender, user, whether it came encrypted.
How the server answers is said by the receiver's name: `refused`, `later`, `content-refused`, `slow`, `lingering`.
"""

import asyncio
import email
import email.policy
import json
import pathlib
import ssl
import sys

USER, PASSWORD = b"registry@example.org", "pässword:".encode()


class Handler:
    def __init__(self, folder):
        self.folder = folder

    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.split("@")[0].split(".")[0]
        if name == "refused":
            # As servers do: the words repeat the address.
            return f"550 5.1.1 <{address}>: nobody of this name"
        if name == "later":
            return f"451 4.7.1 <{address}>: try again"
        if name == "slow":
            await asyncio.sleep(3600)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        [receiver] = envelope.rcpt_tos
        if receiver.startswith("content-refused"):
            return "554 5.6.0 not like this"
        box = self.folder / receiver
        box.mkdir(exist_ok=True)
        number = len(list(box.glob("*.eml")))
        (box / f"{number}.eml").write_bytes(envelope.content)
        user = session.auth_data.login.decode() if session.auth_data else None
        told = {"from": envelope.mail_from, "user": user, "encrypted": session.ssl is not None}
        (box / f"{number}.json").write_text(json.dumps(told))
        session.lingers = receiver.startswith("lingering")
        return "250 OK"

    async def handle_QUIT(self, server, session, envelope):
        if getattr(session, "lingers", False):
            await asyncio.sleep(3600)
        return "221 Bye"


def authenticate(server, session, envelope, mechanism, data):
    from aiosmtpd.smtp import AuthResult

    # Not handled: the refusal is said by the server.
    return AuthResult(success=(data.login, data.password) == (USER, PASSWORD), handled=False, auth_data=data)


async def serve(folder):
    import trustme
    from aiosmtpd.smtp import SMTP

    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "authority.pem")
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    loop = asyncio.get_running_loop()

    async def listen(session_of, **options):
        server = await loop.create_server(session_of, "127.0.0.1", 0, **options)
        return server.sockets[0].getsockname()[1]

    def session(**options):
        return lambda: SMTP(Handler(folder), hostname="mail.example", loop=loop, **options)

    ports = {
        "plain": await listen(session()),
        "starttls": await listen(session(tls_context=tls, require_starttls=True, authenticator=authenticate)),
        # Encrypted from the first byte, which aiosmtpd does not know of when it asks whether a password may be sent.
        "wrapped": await listen(session(authenticator=authenticate, auth_require_tls=False), ssl=tls),
    }
    print(json.dumps(ports), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


def read(file):
    message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    headers = [[name, str(value)] for name, value in message.items()]
    # On the way lines end with CRLF, and some empty ones come at the end.
    text = message.get_content().replace("\r\n", "\n").rstrip("\n") + "\n"
    json.dump({"headers": headers, "text": text}, sys.stdout)


match sys.argv[1:]:
    case ["serve", folder]:
        asyncio.run(serve(pathlib.Path(folder)))
    case ["read", file]:
        read(pathlib.Path(file))
