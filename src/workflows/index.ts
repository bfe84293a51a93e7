export { deleteService } from './delete-service.ts';
export { deploy } from './deploy.ts';
export { lock } from './lock.ts';
export { restartService } from './restart-service.ts';
export { rollback } from './rollback.ts';
export { scaleService } from './scale-service.ts';
