/** An app's OpenAPI document has nothing of HireFire. */
import { describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { HireFireModule } from '../../lib/index.js';
import { HttpClient } from '../support/http-client.js';
import { ADAPTERS, newAdapter, QUIET } from '../support/http-hosts.js';
import { closingAfterEach } from '../web/support.js';

@Controller('cats')
class CatsController {
  @Get()
  cats(): string {
    return 'meow';
  }
}

const closing = closingAfterEach();

describe.each(ADAPTERS)('an OpenAPI document on %s', (adapter) => {
  it('lists the routes of the app, and none of HireFire', async () => {
    const module = { module: class AppModule {}, imports: [HireFireModule.forRoot()], controllers: [CatsController] };
    const app = closing(await NestFactory.create(module, newAdapter(adapter), QUIET));
    const document = SwaggerModule.createDocument(app, new DocumentBuilder().build());
    SwaggerModule.setup('docs', app, document, { ui: false });
    await app.listen(0, '127.0.0.1');
    const client = closing(HttpClient.of(app));

    expect((await client.get('/hirefire/test')).status).toBe(200);
    const { paths } = JSON.parse((await client.get('/docs-json')).body) as { readonly paths: object };
    expect(Object.keys(paths)).toEqual(['/cats']);
  });
});
