import { Injectable, RequestMethod } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import { HIREFIRE_PATH, pathPattern } from '../hirefire.protocol.js';

/** The controller's routes as Nest builds them, before any prefix. */
const ROUTES = new RegExp(`^${pathPattern(':token')}/?$`);

/**
 * Nest 12 answers other methods with its own 404 at the path of an excluded route, which would tell a wrong token from
 * an unknown path: so this is the path that asks for no token.
 */
const PATH = `${HIREFIRE_PATH}/test`;

/**
 * Keeps HireFire's routes out of the app's global prefix, because HireFire asks for fixed paths. Nest has no public way
 * for a library to do that: this adds to the list that `setGlobalPrefix(prefix, { exclude })` fills.
 */
@Injectable()
export class UnprefixedRoutes {
  constructor(private readonly config: ApplicationConfig) {}

  /**
   * To be called once the app has set its prefix, which replaces the list, and before Nest registers the routes. Not
   * earlier: middleware for every route would be given these too, and unlike a path that does not exist.
   */
  exclude(): void {
    const options = this.config.getGlobalPrefixOptions();
    options.exclude ??= [];
    options.exclude.push({ path: PATH, requestMethod: RequestMethod.GET, pathRegex: ROUTES });
  }
}
