/** A Node-RED user directory with a package installed, and the settings of a quiet Node-RED on top of it. */
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The package at `packageRoot`, installed as `npm install <packageRoot>` would leave it. What is there already stays. */
export function installLinked(userDir: string, packageRoot: string): void {
  const { name } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { name: string };
  const link = join(userDir, 'node_modules', name);
  mkdirSync(dirname(link), { recursive: true });
  if (!existsSync(link) || realpathSync(link) !== realpathSync(packageRoot)) {
    rmSync(link, { recursive: true, force: true });
    symlinkSync(packageRoot, link, 'junction');
  }
  const manifest = join(userDir, 'package.json');
  if (existsSync(manifest)) return;
  const content = { name: 'node-red-project', private: true, dependencies: { [name]: `file:${packageRoot}` } };
  writeFileSync(manifest, `${JSON.stringify(content, null, 2)}\n`);
}

/**
 * Settings for a Node-RED that reports problems and nothing else, is reachable from this machine only, and looks
 * for no updates on the internet.
 */
export function quietSettings(userDir: string, port: number, logLevel = 'warn') {
  return {
    userDir,
    flowFile: join(userDir, 'flows.json'),
    credentialSecret: credentialSecret(userDir),
    httpAdminRoot: '/',
    httpNodeRoot: '/',
    uiHost: '127.0.0.1',
    uiPort: port,
    functionGlobalContext: {},
    telemetry: { enabled: false, updateNotification: false },
    logging: { console: { level: logLevel, metrics: false, audit: false } },
    // `projects` without `enabled`: off. Spelled out, Node-RED warns that they are.
    editorTheme: { tours: false, projects: {} },
  };
}

/** The key that encrypts the directory's credentials, made on first use. Without one of its own, Node-RED warns. */
function credentialSecret(userDir: string): string {
  const file = join(userDir, '.credential-secret');
  if (!existsSync(file)) {
    const secret = randomBytes(32).toString('hex');
    writeFileSync(join(userDir, 'flows_cred.json'), noCredentials(secret));
    writeFileSync(file, secret, { mode: 0o600 });
  }
  return readFileSync(file, 'utf8');
}

/** An empty set of credentials as Node-RED would save it: it warns about a file that is missing. */
function noCredentials(secret: string): string {
  const vector = randomBytes(16);
  const cipher = createCipheriv('aes-256-ctr', createHash('sha256').update(secret).digest(), vector);
  const text = cipher.update('{}', 'utf8', 'base64') + cipher.final('base64');
  return JSON.stringify({ $: vector.toString('hex') + text });
}
