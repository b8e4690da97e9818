"""RFC 3161 time stamps, against an authority of our own made with openssl."""

import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from audit.ledger import anchors, log
from tests.audit.ledger.bundles import both, make, members
from tests.audit.ledger.conftest import draft, record

pytest.importorskip("rfc3161_client", reason="the extra tsa is not installed")
if not shutil.which("openssl"):
    pytest.skip("openssl is not installed", allow_module_level=True)

Fill = Callable[[int], list[log.Recorded]]
CONFIG = """
[tsa]
default_tsa = one
[one]
dir = .
serial = ./serial
crypto_device = builtin
signer_cert = ./tsa.pem
signer_key = ./tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
[ext]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
subjectKeyIdentifier = hash
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
"""


class Authority:
    """A time stamp authority on the command line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "tsa.cnf").write_text(CONFIG)
        (folder / "serial").write_text("01\n")
        new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        ca = [*new, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=CA", "-config", self.minimal("ca")]
        self.run("req", "-x509", "-days", "30", "-extensions", "ca", *ca)
        self.run("req", *new, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=TSA", "-config", self.minimal("x"))
        signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "tsa.cnf", "-extensions", "ext"]
        self.run("x509", "-req", "-in", "tsa.csr", "-days", "20", "-out", "tsa.pem", *signed)
        self.root = (folder / "ca.pem").read_bytes()

    def minimal(self, name: str) -> str:
        path = self.folder / f"req-{name}.cnf"
        path.write_text(f"[req]\ndistinguished_name = dn\nprompt = no\n[dn]\nCN = {name}\n{CONFIG}")
        return path.name

    def run(self, *words: str) -> None:
        done = subprocess.run(["openssl", *words], cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def send(self, url: str, body: bytes, content_type: str) -> tuple[int, bytes]:
        assert content_type == "application/timestamp-query"
        (self.folder / "q.tsq").write_bytes(body)
        self.run("ts", "-reply", "-queryfile", "q.tsq", "-out", "r.tsr", "-config", "tsa.cnf", "-section", "one")
        return 200, (self.folder / "r.tsr").read_bytes()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa"))


def test_a_checkpoint_is_stamped_kept_bundled_and_checked_by_openssl(
    fill: Fill, authority: Authority, tmp_path: Path
) -> None:
    fill(3)
    anchor = anchors.stamp(url="https://tsa.example", at=datetime.now(UTC), roots=[authority.root], send=authority.send)
    stamped = log.latest_checkpoint()
    assert anchor is not None
    assert stamped is not None
    token = bytes(anchor.blob)
    moment = anchors.stamped_at(token, anchors.signed_text(stamped), [authority.root])
    assert abs(moment - datetime.now(UTC)) < timedelta(minutes=2)
    record(draft(9))
    path = make(tmp_path / "b.zip")
    assert both(path).exit_code == 0
    found = members(path)
    [name] = [name for name in found if name.startswith("anchors/")]
    assert found[name] == token
    (authority.folder / "kept.tsr").write_bytes(token)
    text = found["older-checkpoints/3.note"].decode().rpartition("\n\n")[0] + "\n"
    (authority.folder / "kept.txt").write_text(text)
    authority.run("ts", "-verify", "-data", "kept.txt", "-in", "kept.tsr", "-CAfile", "ca.pem", "-untrusted", "tsa.pem")


def test_a_stamp_over_something_else_or_by_somebody_else_does_not_hold(
    fill: Fill, authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> None:
    fill(2)
    anchor = anchors.stamp(url="https://tsa.example", at=datetime.now(UTC), roots=[authority.root], send=authority.send)
    assert anchor is not None
    with pytest.raises(ValueError):
        anchors.stamped_at(bytes(anchor.blob), b"another text", [authority.root])
    other = Authority(tmp_path_factory.mktemp("other"))
    record(draft(5))
    with pytest.raises(anchors.AnchorRefused):
        anchors.stamp(url="https://tsa.example", at=datetime.now(UTC), roots=[other.root], send=authority.send)
    with pytest.raises(anchors.AnchorRefused):
        anchors.stamp(
            url="https://tsa.example", at=datetime.now(UTC), roots=[authority.root], send=lambda *_: (500, b"no")
        )
