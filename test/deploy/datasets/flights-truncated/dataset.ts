import { defineDataset } from '../../../../core/contracts/dataset/dataset';
import { datasetOfFlights } from '../../dataset-of-flights';

export default defineDataset(datasetOfFlights('flights-truncated'));
