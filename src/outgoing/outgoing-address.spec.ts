import { describe, expect, it } from '@jest/globals';
import { outgoingAddress } from './outgoing-address.js';

describe('outgoingAddress', () => {
  it.each([
    'http://169.254.169.254/latest/meta-data',
    'http://169.254.1.2/',
    'http://[fe80::1]/',
    'http://[fd00:ec2::254]/',
    'http://[::ffff:169.254.169.254]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[64:ff9b::169.254.169.254]/',
    'http://100.100.100.200/',
    'http://127.0.0.2/',
    'http://0.0.0.0/',
    'http://[::1]/',
    'http://[::]/',
    'http://localhost/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://224.0.0.1/',
    'ftp://192.0.2.1/',
    'file:///etc/passwd',
  ])('refuses %s', async (url) => {
    await expect(outgoingAddress(new URL(url), [])).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });

  it.each<[string, string[], string]>([
    ['http://192.0.2.1/', [], '192.0.2.1'],
    ['https://[2001:db8::1]/', [], '2001:db8::1'],
    ['http://10.0.0.8:9/', [], '10.0.0.8'],
    ['http://127.0.0.1/', ['127.0.0.1:80'], '127.0.0.1'],
    ['https://127.0.0.1/', ['127.0.0.1:443'], '127.0.0.1'],
  ])('lets %s through with %j', async (url, loopback, address) => {
    expect(await outgoingAddress(new URL(url), loopback)).toMatchObject({ address });
  });

  it('says which setting would let a loopback address through', async () => {
    const call = outgoingAddress(new URL('http://127.0.0.1:9/'), ['127.0.0.1:80']);
    await expect(call).rejects.toThrow(
      /this machine, and TIDEGATE_OUTGOING_LOOPBACK does not list 127\.0\.0\.1:9/,
    );
  });

  it('never lets the list open a metadata address', async () => {
    const call = outgoingAddress(new URL('http://169.254.169.254/'), ['169.254.169.254:80']);
    await expect(call).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });
});
