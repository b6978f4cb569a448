"""Who started a run or brought a picture: whoever has its secret; only a hash of it is kept. No torch."""

import hashlib
import hmac


def hash_secret(secret: str) -> str:
    """What is kept of a secret, so that a copied store does not give away who may cancel; "" for none."""
    return hashlib.sha256(secret.encode()).hexdigest() if secret else ""


def is_owner(owner: str, secret: str) -> bool:
    """Whether a secret is the one whose hash was kept; nobody owns anything without one."""
    return bool(secret) and hmac.compare_digest(owner, hash_secret(secret))
