# Cordon in a container. `docker build .` makes the product without the simulators; `--target sandbox` adds them, to try it.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/copy-assets.ts ./scripts/copy-assets.ts
COPY src ./src
COPY workers ./workers
COPY sandbox ./sandbox
RUN npm run build

FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM node:24-slim AS product
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY package.json ./
COPY playbooks ./playbooks
COPY catalog ./catalog
COPY infra ./infra
COPY --from=build /app/dist/src ./dist/src
COPY --from=build /app/dist/workers ./dist/workers
# The data directory: the command socket and the STOP file, and without DATABASE_URL the records.
RUN mkdir /data && chown node:node /data
ENV CORDON_DATA_DIR=/data CORDON_CONFIG=/config/cordon.yaml CORDON_HTTP_HOST=0.0.0.0 CORDON_HTTP_PORT=8080
VOLUME /data
EXPOSE 8080
USER node
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.CORDON_HTTP_PORT + '/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/src/main.js"]

# The simulated AWS and the simulated Slack as well. It must be told nothing, so the variables that configure the product are not set here.
FROM node:24-slim AS sandbox
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY package.json ./
COPY playbooks ./playbooks
COPY catalog ./catalog
COPY infra ./infra
COPY --from=build /app/dist ./dist
EXPOSE 4280
USER node
CMD ["node", "dist/sandbox/launch.js", "--port", "4280"]

# What `docker build .` makes.
FROM product
