/** A real Chromium, for the tests and the pictures of the page: found or installed, driven by Playwright. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { installWithApt } from './apt-get.js';

const HOW_TO_GET_CHROMIUM = `No Chromium was found. Install one:
  macOS           brew install --cask chromium
  Debian, Ubuntu  sudo apt-get install chromium`;

const COMMANDS = ['chromium', 'chromium-browser', 'google-chrome'];

/** For a container, and without requests to Google. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** @throws Error that says how to get one */
export async function startChromium(): Promise<Browser> {
  if (find() === undefined) {
    installWithApt('chromium');
  }
  const executablePath = find();
  if (executablePath === undefined) {
    throw new Error(HOW_TO_GET_CHROMIUM);
  }
  return chromium.launch({ executablePath, headless: true, args: FLAGS });
}

function find(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.flatMap((folder) => COMMANDS.map((command) => join(folder, command))).find((path) => existsSync(path));
}
