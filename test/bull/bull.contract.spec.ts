import { contract } from '../contract/contract.js';
import { BullDriver } from './bull-driver.js';

contract(new BullDriver());
