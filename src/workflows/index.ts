export { deploy } from './deploy.ts';
export { lock } from './lock.ts';
