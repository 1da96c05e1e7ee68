import { Injectable, RequestMethod } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import { HIREFIRE_PATH } from '../hirefire.protocol.js';

/** The controller's routes as Nest builds them, before any prefix. */
const ROUTES = new RegExp(`^/${HIREFIRE_PATH}(/test|/:token/info)?/*$`);

/**
 * Keeps HireFire's routes out of the app's global prefix, because HireFire asks for fixed paths. Nest has no public way
 * for a library to do that: this adds to the list that `setGlobalPrefix(prefix, { exclude })` fills.
 */
@Injectable()
export class UnprefixedRoutes {
  constructor(private readonly config: ApplicationConfig) {}

  /** To be called before the app has set its prefix and after: setting one replaces the list. */
  exclude(): void {
    const options = this.config.getGlobalPrefixOptions();
    options.exclude ??= [];
    if (!options.exclude.some(({ pathRegex }) => pathRegex === ROUTES)) {
      options.exclude.push({ path: HIREFIRE_PATH, requestMethod: RequestMethod.GET, pathRegex: ROUTES });
    }
  }
}
