/** All system relations. */
import type { VirtualDescriptor } from '../descriptor.ts';
import { pgNamespace } from './pg-namespace.ts';

export const SYSTEM_RELATIONS: readonly VirtualDescriptor[] = [pgNamespace];
