"""A certificate authority that lives as long as the sandbox: clients send bearer tokens over TLS only."""

import datetime
import ipaddress
import ssl
import tempfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_HOSTS = ("localhost", "kubernetes", "kubernetes.default.svc")
_DAYS = 30


class Authority:
    """`certificate` is the CA in PEM, for kubeconfigs; `server_context()` serves a certificate it signed."""

    def __init__(self, addresses: tuple[str, ...] = ("127.0.0.1", "::1")) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "heliograph-sandbox-ca")])
        self._addresses = addresses
        ca = self._builder(self._name, self._key.public_key())
        ca = ca.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        ca = ca.add_extension(_usage(signs_certificates=True), critical=True)
        self._ca = ca.sign(self._key, hashes.SHA256())
        self.certificate = self._ca.public_bytes(serialization.Encoding.PEM)

    def server_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # The ssl module reads certificates from files only; they are gone once loaded.
        with tempfile.TemporaryDirectory(prefix="sandbox-kube-") as folder:
            context.load_cert_chain(*self.server_files(Path(folder)))
        return context

    def server_files(self, folder: Path) -> tuple[Path, Path]:
        """(certificate with its chain, key), written into `folder`."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kube-apiserver")])
        names: list[x509.GeneralName] = [x509.DNSName(host) for host in _HOSTS]
        names += [x509.IPAddress(ipaddress.ip_address(address)) for address in self._addresses]
        leaf = self._builder(subject, key.public_key())
        leaf = leaf.add_extension(x509.SubjectAlternativeName(names), critical=False)
        leaf = leaf.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        leaf = leaf.add_extension(_usage(signs_certificates=False), critical=True)
        certificate = leaf.sign(self._key, hashes.SHA256())
        cert_file, key_file = folder / "tls.crt", folder / "tls.key"
        cert_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + self.certificate)
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return cert_file, key_file

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)  # real time: TLS does not follow the sandbox's clock
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=_DAYS))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )


def _usage(signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=signs_certificates, crl_sign=signs_certificates, encipher_only=False,
        decipher_only=False,
    )  # fmt: skip
