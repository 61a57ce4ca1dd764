import { useMutation } from "@tanstack/react-query";
import { queryClient } from "../api/query-client.ts";
import { tell } from "./notices.ts";

/**
 * Something that a person does to the system: says what was done, or why not, and asks anew for all that is shown.
 * @param done - what is told when it is done
 */
export const useAction = <Input, Result>(act: (input: Input) => Promise<Result>, done: (result: Result, input: Input) => string) =>
  useMutation<Result, unknown, Input>({
    mutationFn: act,
    onSuccess: (result, input) => tell(done(result, input)),
    onError: (error) => tell("That was not done.", error),
    onSettled: () => queryClient.invalidateQueries(),
  });
