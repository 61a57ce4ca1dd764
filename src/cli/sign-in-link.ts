/** The address that signs a browser in. The code stands behind `#`, so that it is sent to nobody and stands in no log of requests. */
export const signInLink = (url: string, code: string): string => `${url}/sign-in#code=${code}`;
