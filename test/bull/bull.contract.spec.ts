import { bullFamilyContract } from '../bull-family/contract.js';
import { BullDriver } from './bull-driver.js';

bullFamilyContract(new BullDriver());
