# syntax=docker/dockerfile:1
# Two stages: the first builds the wheel and an environment from the lock, everything checked by its hash; the second
# has nothing but that environment. No secret is needed to build it, and none is in it.
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
COPY requirements.lock requirements-dev.lock ./
# What builds the wheel, with its hashes, out of the lock for developers.
RUN awk '/^[a-z]/ {keep = /^(build|hatchling|packaging|pathspec|pluggy|pyproject-hooks|tomlkit|trove-classifiers)==/} keep' \
      requirements-dev.lock > build.lock \
 && pip install --require-hashes --no-deps -r build.lock \
 && python -m venv /opt/heliograph \
 && /opt/heliograph/bin/pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY handlers handlers
COPY schedules schedules
COPY templates templates
COPY sandbox sandbox
RUN python -m build --wheel --no-isolation \
 && /opt/heliograph/bin/pip install --no-deps --no-index dist/heliograph-*.whl \
 && /opt/heliograph/bin/pip check \
 && /opt/heliograph/bin/heliograph --version

FROM python:${PYTHON}-slim
COPY --from=build /opt/heliograph /opt/heliograph
ENV PATH=/opt/heliograph/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HELIOGRAPH_CONFIG=/etc/heliograph/heliograph.yaml \
    HELIOGRAPH_DATABASE_URL=sqlite:////var/lib/heliograph/heliograph.sqlite3 \
    HELIOGRAPH_HTTP_HOST=0.0.0.0 \
    HELIOGRAPH_HTTP_PORT=8080
RUN mkdir -p /var/lib/heliograph /etc/heliograph && chown 10001:10001 /var/lib/heliograph
# A number, so that Kubernetes can see that it is not root.
USER 10001:10001
WORKDIR /var/lib/heliograph
VOLUME /var/lib/heliograph
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["python", "-c", "import os, urllib.request as web; web.urlopen(f\"http://127.0.0.1:{os.environ['HELIOGRAPH_HTTP_PORT']}/live\", timeout=2)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["heliograph"]
CMD ["run"]
