"""Keys of SNMPv3 against the numbers of the standard; the protocols themselves are tried on net-snmp in test_snmp.py."""

from __future__ import annotations

import pytest

from collectors.snmp import _usm as usm

ENGINE = bytes.fromhex("000000000000000000000002")


@pytest.mark.parametrize(
    ("digest", "key", "localized"),
    [
        ("md5", "9faf3283884e92834ebc9847d8edd963", "526f5eed9fcce26f8964c2930787d82b"),
        ("sha1", "9fb5cc0381497b3793528939ff788d5d79145211", "6695febc9288e36282235fc7151f128497b38f3f"),
    ],
)
def test_a_passphrase_gives_the_keys_of_rfc_3414(digest: str, key: str, localized: str) -> None:
    """RFC 3414 A.3.1 and A.3.2."""
    assert key == usm.password_key(b"maplesyrup", digest).hex()
    assert localized == usm.localized_key(bytes.fromhex(key), ENGINE, digest).hex()


@pytest.mark.parametrize("priv", ["des", "aes128", "aes192", "aes256", "aes192-reeder", "aes256-reeder"])
def test_what_is_encrypted_is_decrypted_again(priv: usm.Priv) -> None:
    keys = usm.keys(ENGINE, "sha1", "authpass1", priv, "privpass1")
    encrypted, salt = keys.encrypt(b"a scoped PDU of any length", 3, 700)

    assert b"a scoped PDU of any length" == keys.decrypt(encrypted, salt, 3, 700)[:26]
    assert b"scoped" not in encrypted
    assert encrypted != keys.encrypt(b"a scoped PDU of any length", 3, 700)[0]


def test_the_two_ways_to_a_longer_key_differ_only_beyond_the_hash() -> None:
    blumenthal = usm.privacy_key(b"maplesyrup", ENGINE, "sha1", "aes256")
    reeder = usm.privacy_key(b"maplesyrup", ENGINE, "sha1", "aes256-reeder")

    assert (32, 32) == (len(blumenthal), len(reeder))
    assert blumenthal[:20] == reeder[:20]
    assert blumenthal[20:] != reeder[20:]


def test_a_code_is_of_the_whole_message_and_of_its_length() -> None:
    for auth, (_, size) in usm.DIGEST.items():
        keys = usm.keys(ENGINE, auth, "authpass1", None, "")

        assert size == len(keys.code(b"message"))
        assert keys.is_genuine(b"message", keys.code(b"message"))
        assert not keys.is_genuine(b"massage", keys.code(b"message"))
        assert not keys.is_genuine(b"message", keys.code(b"message")[:-1])


@pytest.mark.parametrize(("encrypted", "salt"), [(b"12345678", b"short"), (b"1234567", b"12345678")])
def test_what_cannot_be_encrypted_octets_is_refused(encrypted: bytes, salt: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        usm.keys(ENGINE, "sha1", "authpass1", "des", "privpass1").decrypt(encrypted, salt, 1, 1)


def test_keys_are_not_shown() -> None:
    assert "maplesyrup" not in repr(usm.keys(ENGINE, "sha1", "maplesyrup", "aes128", "maplesyrup"))
    assert "auth_key" not in repr(usm.keys(ENGINE, "sha1", "maplesyrup", "aes128", "maplesyrup"))
