import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";

/** In the place of what is known of versions, of a table that keeps no rows. */
export function NoVersions({ name }: { name: string }) {
  return (
    <Card>
      <Empty title="It keeps no rows of its own">
        <p>A view runs its statement each time. A model has rows once it was built: millrace run '{name}'</p>
      </Empty>
    </Card>
  );
}
