import { defineDataset } from '../../../../lambdas/contracts/dataset';
import { datasetOfFlights } from '../../dataset-of-flights';

export default defineDataset(datasetOfFlights('flights'));
