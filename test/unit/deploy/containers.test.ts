import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { CONFIG_VARIABLES } from '../../../src/config-variables.ts';
import { WORKERS } from '../../../workers/work.ts';
import { ROOT, textOf } from '../house/project-files.ts';

/** One instruction of the Dockerfile, with the stage that it stands in. */
interface Instruction {
  readonly stage: string;
  readonly name: string;
  readonly rest: string;
}

const dockerfile = instructionsOf(textOf('Dockerfile'));
const stages = [...textOf('Dockerfile').matchAll(/^FROM \S+ AS (\S+)$/gm)].map((match) => match[1]);
/** Read by the AWS SDK, by Node or by PostgreSQL's image instead of by Cordon. */
const FOREIGN =
  /^(NODE_ENV|AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|POSTGRES_(USER|DB|PASSWORD_FILE))$/;

const Service = z.looseObject({
  profiles: z.array(z.string()),
  build: z.object({ context: z.literal('.'), target: z.string() }).optional(),
  image: z.string().optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string().nullable()).default({}),
  ports: z.array(z.string()).default([]),
  secrets: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  depends_on: z.record(z.string(), z.object({ condition: z.literal('service_healthy') })).default({}),
  healthcheck: z.looseObject({ test: z.array(z.string()) }).optional(),
});
const compose = z
  .object({
    services: z.record(z.string(), Service),
    secrets: z.record(z.string(), z.object({ file: z.string() })),
    volumes: z.record(z.string(), z.null()),
  })
  .parse(parse(textOf('docker-compose.yml'), { merge: true }));
const services = Object.entries(compose.services);
const ofCordon = services.filter(([, service]) => service.build?.target === 'product');

function instructionsOf(text: string): readonly Instruction[] {
  const lines = text.replace(/\\\n\s*/g, '').split('\n');
  let stage = '';
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', rest = ''] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
      if (name === 'FROM') stage = / AS (\S+)$/.exec(rest)?.[1] ?? 'final';
      return { stage, name, rest };
    });
}

function of(stage: string, name: string): readonly string[] {
  return dockerfile.filter((one) => one.stage === stage && one.name === name).map(({ rest }) => rest);
}

/** The source of a compiled program. */
function sourceExists(program: string | undefined): boolean {
  return program !== undefined && existsSync(join(ROOT, program.replace(/^dist\//, '').replace(/\.js$/, '.ts')));
}

function isKnown(variable: string): boolean {
  const name = variable.replace(/_FILE$/, '');
  return FOREIGN.test(variable) || CONFIG_VARIABLES.some((one) => one.name === name);
}

describe('the Dockerfile', () => {
  it('copies only what exists, from the folder through .dockerignore or from a stage', () => {
    const ignore = textOf('.dockerignore').split('\n');
    const copies = dockerfile.filter(({ name }) => name === 'COPY');
    expect(copies.length).toBeGreaterThan(15);
    for (const { rest } of copies) {
      const [first = '', ...more] = rest.split(' ');
      if (first.startsWith('--from=')) {
        expect(stages).toContain(first.slice('--from='.length));
        expect(more[0]).toMatch(/^\/app\/(node_modules|dist)(\/|$)/);
      } else {
        for (const path of [first, ...more.slice(0, -1)]) {
          expect(existsSync(join(ROOT, path)), path).toBe(true);
          expect(ignore, path).toContain(`!${path}`);
        }
      }
    }
    expect(ignore).toContain('*');
  });

  it('builds from what the build is told to compile', () => {
    const { include } = z.object({ include: z.array(z.string()) }).parse(JSON.parse(textOf('tsconfig.build.json')));
    const copied = of('build', 'COPY').map((rest) => rest.split(' ')[0]);
    for (const path of include) expect(copied).toContain(path);
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(textOf('package.json')));
    expect(of('build', 'RUN')).toContain('npm run build');
    expect(scripts).toHaveProperty('build');
  });

  it('makes a product without simulators, that runs as nobody in particular and is what a plain build gives', () => {
    expect(dockerfile.filter(({ stage, rest }) => stage === 'product' && /sandbox/.test(rest))).toEqual([]);
    expect(of('final', 'FROM')).toEqual(['product']);
    for (const stage of ['product', 'sandbox']) expect(of(stage, 'USER')).toEqual(['node']);
    for (const { rest } of dockerfile.filter(({ name, stage }) => name === 'FROM' && stage !== 'final'))
      expect(rest).toMatch(/^node:24-slim AS /);
  });

  it('starts programs that are there, with variables that Cordon reads and the port that it listens on', () => {
    for (const stage of ['product', 'sandbox']) {
      const [program, file] = z.array(z.string()).parse(JSON.parse(of(stage, 'CMD')[0] ?? '[]'));
      expect(program).toBe('node');
      expect(sourceExists(file), file).toBe(true);
    }
    const settings = of('product', 'ENV').flatMap((rest) => rest.split(' ').map((pair) => pair.split('=')));
    for (const [name = ''] of settings) expect(isKnown(name), name).toBe(true);
    expect(Object.fromEntries(settings)['CORDON_HTTP_PORT']).toBe(of('product', 'EXPOSE')[0]);
    expect(of('sandbox', 'ENV')).toEqual([]);
    expect(of('sandbox', 'CMD')[0]).toContain(`"--port", "${of('sandbox', 'EXPOSE')[0]}"`);
  });

  it.each([
    [200, 0],
    [503, 1],
  ])('has a health check that turns an answer of %i into exit code %i', async (status, code) => {
    const [, command = '[]'] = / CMD (\[.*\])$/.exec(of('product', 'HEALTHCHECK')[0] ?? '') ?? [];
    const [program, ...args] = z.array(z.string()).parse(JSON.parse(command));
    expect(program).toBe('node');
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url);
      response.writeHead(status).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = z.object({ port: z.number() }).parse(server.address());
    const child = spawn(process.execPath, args, { env: { CORDON_HTTP_PORT: String(port) } });
    const [exit] = await once(child, 'exit');
    server.close();
    expect([exit, asked]).toEqual([code, ['/healthz']]);
  });
});

describe('docker-compose.yml', () => {
  it('builds stages that exist and starts programs that exist', () => {
    for (const [name, service] of services) {
      if (service.build) expect(stages, name).toContain(service.build.target);
      else expect(service.image, name).toMatch(/^[a-z]+:\d+$/);
      if (service.build && service.command) expect(sourceExists(service.command[1]), name).toBe(true);
    }
  });

  it('runs each worker in a service of its own that can be scaled, beside a bot that does no work', () => {
    const started = ofCordon.flatMap(([name, { command }]) => (command ? [[name, ...command.slice(2)]] : []));
    expect(started).toEqual(WORKERS.map((worker) => [worker, worker]));
    for (const worker of WORKERS) {
      expect(compose.services[worker]?.ports).toEqual([]);
      expect(compose.services[worker]).not.toHaveProperty('container_name');
    }
    expect(compose.services['bot']?.environment['CORDON_WORKERS']).toBe('none');
    expect(compose.services['cordon']?.environment).not.toHaveProperty('CORDON_WORKERS');
    expect(compose.services['cordon']?.environment).not.toHaveProperty('REDIS_URL');
  });

  it('gives every process what a start needs, by names that Cordon reads', () => {
    const needed = ['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN', 'CORDON_SECRET', 'DATABASE_URL', 'CORDON_QUEUE_URL'];
    for (const [name, { environment, secrets }] of ofCordon) {
      const given = Object.keys(environment);
      for (const variable of given) expect(isKnown(variable), `${name}: ${variable}`).toBe(true);
      for (const variable of needed)
        expect(given.includes(variable) || given.includes(`${variable}_FILE`), `${name}: ${variable}`).toBe(true);
      for (const [variable, path] of Object.entries(environment))
        if (variable.endsWith('_FILE')) expect(secrets, variable).toContain(path?.replace('/run/secrets/', ''));
    }
  });

  it('names only secrets, volumes and services that it declares; what is waited for is there in the same profile, and tells its health', () => {
    for (const [name, service] of services) {
      for (const secret of service.secrets) expect(compose.secrets, name).toHaveProperty(secret);
      for (const volume of service.volumes)
        if (!volume.startsWith('.')) expect(compose.volumes).toHaveProperty(volume.split(':')[0] ?? '');
      for (const other of Object.keys(service.depends_on)) {
        expect(compose.services[other]?.profiles, other).toEqual(expect.arrayContaining(service.profiles));
        expect(compose.services[other]?.healthcheck, other).toBeDefined();
      }
    }
  });

  it('publishes the ports that the images listen on, to this machine alone', () => {
    const published = services.flatMap(([, { ports }]) => ports);
    expect(published).toEqual(['127.0.0.1:8080:8080', '127.0.0.1:8080:8080']);
    expect(of('product', 'EXPOSE')).toEqual(['8080']);
  });

  it('keeps Redis from throwing jobs away', () => {
    expect(compose.services['redis']?.command?.join(' ')).toContain('--maxmemory-policy noeviction');
  });
});
