"""The service file and the container in the guide start the app and set variables that exist."""

import re

from tests.support.serving import ROOT


def readme_block(kind):
    return re.search(
        rf"```{kind}\n(.*?)```", (ROOT / "core" / "service" / "README.md").read_text("utf-8"), re.DOTALL
    ).group(1)


def test_the_service_and_the_container_start_the_app_and_set_what_there_is():
    known = (ROOT / "core" / "service" / "README.md").read_text("utf-8")
    service, container = readme_block("ini"), readme_block("dockerfile")
    assert "streamlit run app/main.py" in service and '"streamlit", "run", "app/main.py"' in container
    for text in (service, container):
        assert all(f"`{name}" in known for name in re.findall(r"CTJP_\w+", text))
    copied = re.findall(r"^COPY (\S+) \S+$", container, re.MULTILINE)
    assert copied == ["requirements.txt", "app", "core", ".streamlit"] and all(
        (ROOT / name).exists() for name in copied
    )
    assert "/healthz" in container
