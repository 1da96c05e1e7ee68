/** A real Chromium, for the tests and the pictures of the page: found or installed, driven by Playwright. */
import { chromium, type Browser } from 'playwright-core';
import { canRun, installWithApt } from './apt-get.js';

const HOW_TO_GET_CHROMIUM = `No Chromium was found. Install one:
  macOS           brew install --cask chromium
  Debian, Ubuntu  sudo apt-get install chromium`;

const COMMANDS = ['chromium', 'chromium-browser', 'google-chrome'];

/** In a container, and without a word to anybody else. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** @throws Error that says how to get one */
export async function startChromium(): Promise<Browser> {
  const find = (): string | undefined => COMMANDS.find((command) => canRun(command, '--version'));
  let command = find();
  if (command === undefined) {
    installWithApt('chromium');
    command = find();
  }
  if (command === undefined) {
    throw new Error(HOW_TO_GET_CHROMIUM);
  }
  return chromium.launch({ executablePath: pathOf(command), headless: true, args: FLAGS });
}
