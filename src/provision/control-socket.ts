/** The socket of `serve status` and `serve reinstall`, in the folder of the state. */
export const CONTROL_SOCKET = 'control.sock';
