/** Somebody the API server knows by token; rights come from RBAC objects. */
export interface User {
  name: string;
  groups?: string[];
}
