import { describe, expect, it } from '@jest/globals';
import { endpointsOf, parseBaseUrl } from '../../../cli/hirefire/base-url.js';
import { UsageError } from '../../../cli/io/errors.js';

describe('the URL of the app', () => {
  it.each([
    ['https://app.example.com', 'https://app.example.com/hirefire/test'],
    ['http://127.0.0.1:3000/', 'http://127.0.0.1:3000/hirefire/test'],
    ['https://app.example.com/shop//?x=1#top', 'https://app.example.com/shop/hirefire/test'],
  ])('%s: HireFire asks %s', (url, test) => {
    expect(endpointsOf(parseBaseUrl(url), 'sesame').test.href).toBe(test);
  });

  it('has the token in a path as one segment', () => {
    expect(endpointsOf(parseBaseUrl('http://localhost/app'), 'a/b?c').byPath.href).toBe(
      'http://localhost/app/hirefire/a%2Fb%3Fc/info',
    );
  });

  it('may have a path that only contains hirefire', () => {
    expect(parseBaseUrl('https://app/my-hirefire/x').href).toBe('https://app/my-hirefire/x');
  });

  it.each([
    '',
    'app.example.com',
    'localhost:3000',
    'ftp://app',
    'https://',
    'https://user:secret@app',
    'https://app/hirefire/secret/info',
    'app/hirefire/secret/info',
    'https://app/hirefire',
    'https://app/HIREFIRE/secret/info',
    'https://app/hirefire%2Fsecret%2finfo',
    'https://app/shop/HireFire%252fsecret',
    'https://app%2fhirefire/secret',
    'app\\hirefire\\secret',
    'hirefire%2Fsecret',
    'https://app/%68irefire/secret/info',
    'https://app/hire%2566ire/secret',
    '%2525252568irefire%255csecret',
  ])('can not be %j', (url) => {
    expect(() => parseBaseUrl(url)).toThrow(UsageError);
    expect(() => parseBaseUrl(url)).not.toThrow('secret');
  });
});
