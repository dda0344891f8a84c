# syntax=docker/dockerfile:1
# Two stages: the first builds the wheel and an environment from the lock, the second has nothing but that environment.
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
WORKDIR /src
COPY pyproject.toml requirements.lock README.md LICENSE ./
RUN python -m venv /opt/heliograph \
 && /opt/heliograph/bin/pip install --no-cache-dir --require-hashes -r requirements.lock \
 && pip install --no-cache-dir "hatchling>=1.27" "build>=1.2"
COPY bot bot
COPY handlers handlers
COPY schedules schedules
COPY templates templates
COPY sandbox sandbox
RUN python -m build --wheel --no-isolation \
 && /opt/heliograph/bin/pip install --no-cache-dir --no-deps dist/heliograph-*.whl

FROM python:${PYTHON}-slim
COPY --from=build /opt/heliograph /opt/heliograph
ENV PATH=/opt/heliograph/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HELIOGRAPH_CONFIG=/etc/heliograph/heliograph.yaml \
    HELIOGRAPH_DATABASE_URL=sqlite:////var/lib/heliograph/heliograph.sqlite3 \
    HELIOGRAPH_HTTP_HOST=0.0.0.0
RUN mkdir -p /var/lib/heliograph /etc/heliograph && chown 10001:10001 /var/lib/heliograph
USER 10001:10001
VOLUME /var/lib/heliograph
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/live', timeout=2)"]
ENTRYPOINT ["heliograph"]
CMD ["run"]
