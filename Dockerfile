FROM node:22-slim AS explorer
WORKDIR /build/explorer
COPY explorer ./
RUN npm ci && npm run build

FROM python:3.12-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
RUN python -m venv /opt/gateway && python -m venv /opt/build
COPY requirements.lock requirements-embedded.lock ./
# --no-deps: the locks are complete, and they override a requirement of oso (pyproject.toml), which pip would refuse.
RUN /opt/gateway/bin/pip install --no-deps --require-hashes --requirement requirements.lock
# The build backend is in this lock. This environment is not copied into the image.
RUN /opt/build/bin/pip install --no-deps --require-hashes --requirement requirements-embedded.lock
COPY pyproject.toml README.md LICENSE ./
COPY policies policies
COPY gateway gateway
COPY --from=explorer /build/gateway/explorer_files gateway/explorer_files
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /dist . \
    && /opt/gateway/bin/pip install --no-deps /dist/*.whl
RUN cd /tmp && /opt/gateway/bin/gateway policy matrix --html --file "$(/opt/gateway/bin/python -c 'from gateway.http.routes.explorer import FILES; print(FILES)')/matrix.html"

FROM python:3.12-slim
COPY --from=build /opt/gateway /opt/gateway
ENV PATH=/opt/gateway/bin:$PATH \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ.get(\"PORT\", \"8000\")}/healthz', timeout=2)"]
CMD ["gateway", "serve", "--host", "0.0.0.0"]
