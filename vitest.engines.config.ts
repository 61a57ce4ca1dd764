import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import plain from "./vitest.config.ts";

/** Those that take minutes, the longest first: begun last, one of them would go on alone beside an idle processor. */
const longest = ["test/cuts", "test/flights-on-cluster", "kafka/kafka-faults", "kafka/kafka-log", "test/migrate", "kafka/kafka-state", "test/cluster-faults", "test/shared-planes", "test/cli", "test/releases"];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = longest.findIndex((name) => moduleId.includes(`/${name}.`));
      return at === -1 ? longest.length : at;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

/** The suites that need engines of others, which `.ci/run` installs; and what takes minutes: long tests, and the benchmarks, each on a little data. */
export default defineConfig({
  ...plain,
  test: {
    ...plain.test,
    include: ["{src,test}/**/*.engine.test.ts", "{src,test,examples}/**/*.slow.test.ts", "bench/**/*.test.ts"],
    exclude: ["**/node_modules/**"],
    sequence: { sequencer: LongestFirst },
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});
