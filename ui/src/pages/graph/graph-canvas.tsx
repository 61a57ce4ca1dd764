import "@xyflow/react/dist/style.css";
import { Background, ControlButton, Controls, type Edge, MarkerType, MiniMap, ReactFlow, ReactFlowProvider, useReactFlow, useStore } from "@xyflow/react";
import { Maximize } from "lucide-react";
import { type KeyboardEvent, type MouseEvent, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Loaded } from "../../design/components/page.tsx";
import type { Placed, Room } from "../../design/graph/box.ts";
import { firstView, readableFrom, type View, viewOfAll } from "../../design/graph/first-view.ts";
import { type Layout, lineKey } from "../../design/graph/layout.ts";
import { lookedAt } from "../../design/graph/looked-at.ts";
import { RoutedEdge } from "../../design/graph/routed-edge.tsx";
import { useLayout } from "../../design/graph/use-layout.ts";
import { useRoom } from "../../design/graph/use-room.ts";
import { useTheme } from "../../design/theme.ts";
import { visibleLine } from "../../design/visible-text.ts";
import { DrawnLayer } from "./drawn-layer.tsx";
import { drawingOf } from "./drawing-of.ts";
import styles from "./graph.module.css";
import { readingOrder, stepTo } from "./graph-keys.ts";
import { GraphLegend } from "./graph-legend.tsx";
import { GraphNode, type PartNode } from "./graph-node.tsx";
import { edgeRate, type Live, edgeCounts, rateLabel } from "./node-facts.ts";
import { elementsMax, partNodes, type Shown, size } from "./part-nodes.ts";
import type { Picture } from "./scope.ts";

const nodeTypes = { part: GraphNode };
const edgeTypes = { routed: RoutedEdge };
/** From here on nodes are elements of the page, some eighty of which have room in it. */
const nearFrom = 0.7;
const zoomMin = 0.02;
const mapSize = { width: 150, height: 110 };

interface GraphCanvasProps {
  picture: Picture;
  live: Live;
  focus: string | undefined;
  /** Those that are searched for; undefined: nothing is. */
  found: ReadonlySet<string> | undefined;
  onOpen(id: string): void;
}

export function GraphCanvas(props: GraphCanvasProps) {
  const boxes = useMemo(() => props.picture.parts.map(({ id }) => ({ id, ...size })), [props.picture]);
  const [measure, room] = useRoom();
  // From afar words cannot be read anyway, and what is drawn goes to the right.
  const layout = useLayout(boxes, props.picture.edges, boxes.length > elementsMax ? undefined : room);
  return (
    <div className={styles.picture}>
      <div ref={measure} className={styles.canvas}>
        <Loaded query={layout}>
          {(laidOut) =>
            room && (
              <ReactFlowProvider>
                <Drawn {...props} layout={laidOut} room={room} />
              </ReactFlowProvider>
            )
          }
        </Loaded>
      </div>
      <GraphLegend {...props.picture} />
    </div>
  );
}

function Drawn({ picture, live, focus, found, onOpen, layout, room }: GraphCanvasProps & { layout: Layout; room: Room }) {
  const box = useRef<HTMLDivElement>(null);
  const flow = useReactFlow();
  const theme = useTheme();
  const isLarge = picture.parts.length > elementsMax;
  const { places } = layout;
  const [first] = useState(() => (isLarge ? viewOfAll(layout, room) : firstView(layout, room)));
  const hasMore = !isLarge && viewOfAll(layout, room).zoom < readableFrom;
  const isFar = useStore(({ panZoom, transform }) => (panZoom === null ? first.zoom : transform[2]) < nearFrom) && isLarge;
  const [current, setCurrent] = useState(focus);
  /** The node that gets the focus with the frame after the next. */
  const coming = useRef<string | undefined>(undefined);
  const order = useMemo(() => readingOrder(layout), [layout]);
  const at = current !== undefined && places.has(current) ? current : order[0];
  const nodes = usePartNodes(picture, layout, { live, at, focus, found, onOpen });
  // From afar one can still come to the nodes by keys, one at a time.
  const elements = useMemo(() => (isFar ? nodes.filter(({ data }) => data.isCurrent || data.isFocus) : nodes), [isFar, nodes]);
  const drawing = useMemo(() => (isLarge ? drawingOf(picture, nodes, live) : undefined), [isLarge, picture, nodes, live]);
  const edges = useMemo(() => (isLarge ? [] : flowEdges(picture, layout, live)), [isLarge, picture, layout, live]);
  const roomNow = useCallback((): Room => ({ width: box.current?.clientWidth ?? room.width, height: box.current?.clientHeight ?? room.height }), [room]);
  const goTo = useCallback(
    (id: string): boolean => {
      const place = layout.places.get(id);
      if (place !== undefined && !isInSight(place, flow.getViewport(), roomNow())) void flow.setCenter(place.x + place.width / 2, place.y + place.height / 2, { zoom: Math.max(flow.getZoom(), readableFrom) });
      return place !== undefined;
    },
    [flow, layout, roomNow],
  );
  const shown = useRef(layout);
  useEffect(() => {
    if (shown.current !== layout) {
      shown.current = layout;
      void flow.setViewport(isLarge ? viewOfAll(layout, roomNow()) : firstView(layout, roomNow()));
    }
    if (focus !== undefined) goTo(focus);
  }, [flow, layout, isLarge, focus, goTo, roomNow]);
  const onKey = (event: KeyboardEvent): void => {
    // A key may come before the node of the one before has the focus.
    const from = coming.current ?? (event.target as HTMLElement).closest<HTMLElement>("[data-node]")?.dataset.node ?? at;
    const next = from === undefined ? undefined : stepTo(event.key, from, picture.edges, layout);
    if (next === undefined || !goTo(next)) return;
    event.preventDefault();
    setCurrent(next);
    coming.current = next;
    const takeFocus = (): void => {
      if (coming.current !== next) return;
      coming.current = undefined;
      box.current?.querySelector<HTMLElement>(`[data-node="${CSS.escape(next)}"]`)?.focus({ preventScroll: true });
    };
    // The node may have to come into the page first.
    requestAnimationFrame(() => requestAnimationFrame(takeFocus));
  };
  const drawnAt = ({ clientX, clientY }: MouseEvent): PartNode | undefined => {
    const { x, y } = flow.screenToFlowPosition({ x: clientX, y: clientY });
    return nodes.find(({ position }) => x >= position.x && x <= position.x + size.width && y >= position.y && y <= position.y + size.height);
  };
  const onDrawnClick = (event: MouseEvent): void => {
    const node = drawnAt(event);
    if (node) onOpen(node.id);
  };
  const onDrawnPoint = (event: MouseEvent): void => {
    const name = drawnAt(event)?.data.part.name.slice(0, 200) ?? "";
    if (box.current && box.current.title !== name) box.current.title = visibleLine(name);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys are those of the buttons inside
    <div ref={box} className={styles.canvas} onKeyDown={onKey}>
      <ReactFlow
        nodes={elements}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        {...lookedAt}
        disableKeyboardA11y
        onlyRenderVisibleElements={isLarge}
        onPaneClick={isFar ? onDrawnClick : undefined}
        onPaneMouseMove={isFar ? onDrawnPoint : undefined}
        colorMode={theme}
        defaultViewport={first}
        minZoom={zoomMin}
      >
        {drawing && <DrawnLayer drawing={drawing} withBoxes={isFar} />}
        {!isLarge && <Background gap={24} />}
        {hasMore && <MiniMap className={styles.map} style={mapSize} ariaLabel="All of the picture" pannable nodeClassName={toneClass} />}
        <Controls showInteractive={false} showFitView={false}>
          <ControlButton title="Fit the picture" aria-label="Fit the picture" onClick={() => void flow.setViewport(viewOfAll(layout, roomNow()))}>
            <Maximize className={styles.fit} />
          </ControlButton>
        </Controls>
      </ReactFlow>
    </div>
  );
}

/** The whole node, large enough to be read. */
function isInSight({ x, y, width, height }: Placed, view: View, room: Room): boolean {
  const [left, top] = [x * view.zoom + view.x, y * view.zoom + view.y];
  return view.zoom >= readableFrom && left >= 0 && top >= 0 && left + width * view.zoom <= room.width && top + height * view.zoom <= room.height;
}

const toneClass = ({ data: { facts } }: PartNode): string => (facts.tone ? styles[facts.tone] : "");

/** The same objects again for nodes that stay as they are. */
function usePartNodes(picture: Picture, layout: Layout, { live, at, focus, found, onOpen }: Shown): PartNode[] {
  const before = useRef<readonly PartNode[]>([]);
  const nodes = useMemo(() => partNodes(picture, layout, { live, at, focus, found, onOpen }, before.current), [picture, layout, live, at, focus, found, onOpen]);
  useEffect(() => {
    before.current = nodes;
  }, [nodes]);
  return nodes;
}

function flowEdges({ edges }: Picture, { routes }: Layout, live: Live): Edge[] {
  const counts = edgeCounts(edges);
  return edges.map((edge) => {
    const rate = edgeRate(edge, counts, live);
    return { id: lineKey(edge), type: "routed", source: edge.from, target: edge.to, data: { route: routes.get(lineKey(edge)) }, label: rateLabel(rate), className: `${styles.edge} ${edge.kind === "order" ? styles.order : ""} ${rate ? styles.flowing : ""}`, markerEnd: { type: MarkerType.ArrowClosed, color: "var(--line-strong)" } };
  });
}
