/**
 * Runs a command whose Node trusts a certificate authority that was made for the run, beside all others. Node can be told
 * of one only when it starts. Its key lies beside its certificate, for the tests to issue certificates with.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CertificateAuthority } from './certificates.js';
import { runCommand } from './run-command.js';

const folder = mkdtempSync(join(tmpdir(), 'nestjs-hirefire-ca-'));
try {
  const { cert, key } = CertificateAuthority.create().certificate;
  const alreadyTrusted = process.env.NODE_EXTRA_CA_CERTS;
  writeFileSync(join(folder, 'cert.pem'), cert);
  writeFileSync(join(folder, 'key.pem'), key);
  writeFileSync(join(folder, 'trusted.pem'), cert + (alreadyTrusted ? readFileSync(alreadyTrusted, 'utf8') : ''));
  await runCommand(process.argv.slice(2), { TEST_CA: folder, NODE_EXTRA_CA_CERTS: join(folder, 'trusted.pem') });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
