"""Nothing secret survives; what is no secret stays readable."""

import pytest

from bot.diagnose.masking import MASK, mask

SECRET = "s3cr3tV4lue9xyz"


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {SECRET}",
        f"export HF_TOKEN={SECRET}",
        f'"api_key": "{SECRET}"',
        f"password: '{SECRET}'",
        f"--wandb-api-key {SECRET}",
        f"git clone https://user:{SECRET}@git.example/x",
        f"postgresql://svc:{SECRET}@db/x",
        f"hf_{SECRET}",
        f"nvapi-{SECRET}",
        f"xoxb-{SECRET}",
        f"AWS_SECRET_ACCESS_KEY={SECRET}",
        f"eyJhbGciOiJIUzI1.{SECRET}abc.{SECRET}",
        f"-----BEGIN RSA PRIVATE KEY-----\n{SECRET}\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_secrets_are_masked(text: str) -> None:
    masked = mask(text)
    assert SECRET not in masked
    assert MASK in masked


@pytest.mark.parametrize(
    "text",
    [
        "iteration 1200/ 5000 | elapsed time per iteration (ms): 812.4 | loss 1.92",
        "NVRM: Xid (PCI:0000:4e:00): 79, GPU has fallen off the bus.",
        "pulled nvcr.io/nvidia/nemo@sha256:" + "ab" * 32,
        "https://example.com/docs?page=2",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert mask(text) == text
