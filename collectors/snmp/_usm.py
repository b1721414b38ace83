"""The user-based security model of SNMPv3: keys, authentication and privacy (RFC 3414, 3826, 7860)."""

from __future__ import annotations

import functools
import hashlib
import hmac
import os
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import CipherContext

    from collectors.config import Auth, Priv

DIGEST: dict[Auth, tuple[str, int]] = {
    "md5": ("md5", 12),
    "sha1": ("sha1", 12),
    "sha224": ("sha224", 16),
    "sha256": ("sha256", 24),
    "sha384": ("sha384", 32),
    "sha512": ("sha512", 48),
}
"""Hash and length of the code in a message, in octets (RFC 3414 6.3.1 and 7.3.1, RFC 7860 4.2.1)."""

_KEY_SIZE: dict[Priv, int] = {"des": 16, "aes128": 16, "aes192": 24, "aes256": 32, "aes192-reeder": 24, "aes256-reeder": 32}
_salts = count(int.from_bytes(os.urandom(4), "big"))


@functools.lru_cache(maxsize=1024)
def password_key(password: bytes, digest: str) -> bytes:
    """Hash a passphrase repeated to 1,048,576 octets (RFC 3414 A.2)."""
    times, rest = divmod(1 << 20, len(password))
    return hashlib.new(digest, password * times + password[:rest], usedforsecurity=False).digest()


def localized_key(key: bytes, engine_id: bytes, digest: str) -> bytes:
    """Bind a key to one SNMP engine (RFC 3414 2.6)."""
    return hashlib.new(digest, key + engine_id + key, usedforsecurity=False).digest()


def privacy_key(password: bytes, engine_id: bytes, digest: str, priv: Priv) -> bytes:
    """Make the key of a privacy protocol.

    Where the hash is shorter than the key, AES-192 and -256 have two ways to lengthen it, both in use and neither a standard:
    draft-blumenthal-aes-usm-04 3.1.2.1 hashes what there is; draft-reeder-snmpv3-usm-3desede 2.1, which Cisco took, makes a
    passphrase of it and localises that.
    """
    key = localized_key(password_key(password, digest), engine_id, digest)
    size = _KEY_SIZE[priv]
    while len(key) < size:
        if priv.endswith("-reeder"):
            key += localized_key(password_key(key[-hashlib.new(digest).digest_size :], digest), engine_id, digest)
        else:
            key += hashlib.new(digest, key, usedforsecurity=False).digest()
    return key[:size]


@dataclass(slots=True)
class _Prepared:
    """What is made of a key once, for the first message that needs it."""

    mac: hmac.HMAC | None = None
    aes: tuple[AES, CipherContext] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """One user's keys at one engine."""

    digest: str = ""
    code_size: int = 0
    auth_key: bytes = field(default=b"", repr=False)
    priv: Priv | None = None
    priv_key: bytes = field(default=b"", repr=False)
    prepared: _Prepared = field(default_factory=_Prepared, repr=False, compare=False)

    def code(self, message: bytes) -> bytes:
        """Give the authentication code of a message in which zeros stand for it."""
        if self.prepared.mac is None:
            self.prepared.mac = hmac.new(self.auth_key, digestmod=self.digest)
        mac = self.prepared.mac.copy()
        mac.update(message)
        return mac.digest()[: self.code_size]

    def is_genuine(self, message: bytes, code: bytes) -> bool:
        """Whether a received code is that of the message."""
        return len(code) == self.code_size and hmac.compare_digest(self.code(message), code)

    def encrypt(self, plain: bytes, boots: int, time_s: int) -> tuple[bytes, bytes]:
        """Give the encrypted octets and the privacy parameters that go with them."""
        if self.priv == "des":
            salt = boots.to_bytes(4, "big") + (next(_salts) & 0xFFFFFFFF).to_bytes(4, "big")
            padded = plain + bytes(-len(plain) % 8)
            return self._des(salt).encryptor().update(padded), salt
        salt = (next(_salts) & 0xFFFFFFFFFFFFFFFF).to_bytes(8, "big")
        aes, _ = self._aes()
        return Cipher(aes, CFB(_aes_start(boots, time_s) + salt)).encryptor().update(plain), salt

    def decrypt(self, encrypted: bytes, salt: bytes, boots: int, time_s: int) -> bytes:
        """Give the plain octets, or raise `ValueError` if these cannot be encrypted ones."""
        if len(salt) != 8:
            raise ValueError(salt)
        if self.priv == "des":
            if len(encrypted) % 8:
                raise ValueError(len(encrypted))
            return self._des(salt).decryptor().update(encrypted)
        # CFB-128 (NIST SP 800-38A 6.3): each block meets the enciphered block before it, and all of those are here at once,
        # so that one context serves every message of this key; making one costs more than all the deciphering.
        size = len(encrypted)
        _, blocks = self._aes()
        stream = blocks.update((_aes_start(boots, time_s) + salt + encrypted)[: size + -size % 16])
        return (int.from_bytes(stream[:size], "big") ^ int.from_bytes(encrypted, "big")).to_bytes(size, "big")

    def _des(self, salt: bytes) -> Cipher[CBC]:
        # RFC 3414 8.1.1: the first 8 octets are the key, the others meet the salt; one DES is three with one key
        start = bytes(a ^ b for a, b in zip(self.priv_key[8:16], salt, strict=True))
        return Cipher(TripleDES(self.priv_key[:8] * 3), CBC(start))

    def _aes(self) -> tuple[AES, CipherContext]:
        """Give the cipher of this key, and what enciphers single blocks by it."""
        if self.prepared.aes is None:
            aes = AES(self.priv_key)
            self.prepared.aes = aes, Cipher(aes, ECB()).encryptor()  # noqa: S305  (it is the block cipher in CFB)
        return self.prepared.aes


def _aes_start(boots: int, time_s: int) -> bytes:
    return (boots & 0xFFFFFFFF).to_bytes(4, "big") + (time_s & 0xFFFFFFFF).to_bytes(4, "big")


@functools.lru_cache(maxsize=4096)
def keys(engine_id: bytes, auth: Auth | None, auth_secret: str, priv: Priv | None, priv_secret: str) -> Keys:
    """Make a user's keys at an engine."""
    if auth is None:
        return Keys()
    digest, code_size = DIGEST[auth]
    auth_key = localized_key(password_key(auth_secret.encode(), digest), engine_id, digest)
    priv_key = b"" if priv is None else privacy_key(priv_secret.encode(), engine_id, digest, priv)
    return Keys(digest=digest, code_size=code_size, auth_key=auth_key, priv=priv, priv_key=priv_key)
