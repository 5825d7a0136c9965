import { defineDataset } from 'rollcall';
import { datasetOfFlights } from '../../dataset-of-flights';

export default defineDataset(datasetOfFlights('flights'));
