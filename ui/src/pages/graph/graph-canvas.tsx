import "@xyflow/react/dist/style.css";
import { Background, ControlButton, Controls, type Edge, getViewportForBounds, MarkerType, ReactFlow, ReactFlowProvider, useReactFlow, useStore } from "@xyflow/react";
import { Maximize } from "lucide-react";
import { type KeyboardEvent, type MouseEvent, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Loaded } from "../../design/components/page.tsx";
import type { Placed } from "../../design/graph/box.ts";
import { frameOf } from "../../design/graph/frame-of.ts";
import { useLayout } from "../../design/graph/use-layout.ts";
import { useTheme } from "../../design/theme.ts";
import { visibleLine } from "../../design/visible-text.ts";
import { DrawnLayer } from "./drawn-layer.tsx";
import { drawingOf } from "./drawing-of.ts";
import styles from "./graph.module.css";
import { readingOrder, stepTo } from "./graph-keys.ts";
import { GraphNode, type PartNode } from "./graph-node.tsx";
import { edgeRate, type Live, outputsOf, rateLabel } from "./node-facts.ts";
import { elementsMax, partNodes, type Shown, size } from "./part-nodes.ts";
import type { Picture } from "./scope.ts";

const nodeTypes = { part: GraphNode };
/** From here on nodes are elements of the page, some eighty of which have room in it. */
const nearFrom = 0.7;
const zoomMin = 0.02;

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
  const layout = useLayout(boxes, props.picture.edges);
  const [room, setRoom] = useState<Room>();
  const measure = useCallback((canvas: HTMLDivElement | null): void => setRoom(canvas ? { width: canvas.clientWidth, height: canvas.clientHeight } : undefined), []);
  return (
    <div ref={measure} className={styles.canvas}>
      <Loaded query={layout}>
        {(places) =>
          room && (
            <ReactFlowProvider>
              <Drawn {...props} places={places} room={room} />
            </ReactFlowProvider>
          )
        }
      </Loaded>
    </div>
  );
}

interface Room {
  width: number;
  height: number;
}

const viewOfAll = (places: ReadonlyMap<string, Placed>, { width, height }: Room) => getViewportForBounds(frameOf(places.values()), width, height, zoomMin, 1.1, 0.05);

/** Smaller than that its words cannot be read. */
const readableFrom = 0.5;

/** All of it where that can be read, or where it is drawn from afar in any case; else its beginning. */
function firstView(places: ReadonlyMap<string, Placed>, room: Room, isLarge: boolean) {
  const all = viewOfAll(places, room);
  if (isLarge || all.zoom >= readableFrom) return all;
  const { x, y, height } = frameOf(places.values());
  const margin = 16;
  return { zoom: nearFrom, x: margin - x * nearFrom, y: Math.max(margin, (room.height - height * nearFrom) / 2) - y * nearFrom };
}

function Drawn({ picture, live, focus, found, onOpen, places, room }: GraphCanvasProps & { places: ReadonlyMap<string, Placed>; room: Room }) {
  const box = useRef<HTMLDivElement>(null);
  const flow = useReactFlow();
  const theme = useTheme();
  const isLarge = picture.parts.length > elementsMax;
  const [first] = useState(() => firstView(places, room, isLarge));
  const isFar = useStore(({ panZoom, transform }) => (panZoom === null ? first.zoom : transform[2]) < nearFrom) && isLarge;
  const [current, setCurrent] = useState(focus);
  /** The node that gets the focus with the frame after the next. */
  const coming = useRef<string | undefined>(undefined);
  const order = useMemo(() => readingOrder(places), [places]);
  const at = current !== undefined && places.has(current) ? current : order[0];
  const nodes = usePartNodes(picture, places, { live, at, focus, found, onOpen });
  // From afar one can still come to the nodes by keys, one at a time.
  const elements = useMemo(() => (isFar ? nodes.filter(({ data }) => data.isCurrent || data.isFocus) : nodes), [isFar, nodes]);
  const drawing = useMemo(() => (isLarge ? drawingOf(picture, nodes, live) : undefined), [isLarge, picture, nodes, live]);
  const edges = useMemo(() => (isLarge ? [] : flowEdges(picture, live)), [isLarge, picture, live]);
  const goTo = useCallback(
    (id: string): boolean => {
      const place = places.get(id);
      if (place !== undefined) void flow.setCenter(place.x + size.width / 2, place.y + size.height / 2, { zoom: Math.max(flow.getZoom(), nearFrom) });
      return place !== undefined;
    },
    [flow, places],
  );
  useEffect(() => {
    if (focus !== undefined) goTo(focus);
  }, [focus, goTo]);
  const onKey = (event: KeyboardEvent): void => {
    // A key may come before the node of the one before has the focus.
    const from = coming.current ?? (event.target as HTMLElement).closest<HTMLElement>("[data-node]")?.dataset.node ?? at;
    const next = from === undefined ? undefined : stepTo(event.key, from, picture.edges, places);
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
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        disableKeyboardA11y
        onlyRenderVisibleElements={isLarge}
        onPaneClick={isFar ? onDrawnClick : undefined}
        onPaneMouseMove={isFar ? onDrawnPoint : undefined}
        colorMode={theme}
        defaultViewport={first}
        minZoom={zoomMin}
        proOptions={{ hideAttribution: true }}
      >
        {drawing && <DrawnLayer drawing={drawing} withBoxes={isFar} />}
        {!isLarge && <Background gap={24} />}
        <Controls showInteractive={false} showFitView={false}>
          <ControlButton title="Fit the picture" aria-label="Fit the picture" onClick={() => box.current && void flow.setViewport(viewOfAll(places, { width: box.current.clientWidth, height: box.current.clientHeight }))}>
            <Maximize className={styles.fit} />
          </ControlButton>
        </Controls>
      </ReactFlow>
    </div>
  );
}

/** The same objects again for nodes that stay as they are. */
function usePartNodes(picture: Picture, places: ReadonlyMap<string, Placed>, { live, at, focus, found, onOpen }: Shown): PartNode[] {
  const before = useRef<readonly PartNode[]>([]);
  const nodes = useMemo(() => partNodes(picture, places, { live, at, focus, found, onOpen }, before.current), [picture, places, live, at, focus, found, onOpen]);
  useEffect(() => {
    before.current = nodes;
  }, [nodes]);
  return nodes;
}

function flowEdges({ edges }: Picture, live: Live): Edge[] {
  const outputs = outputsOf(edges);
  return edges.map((edge) => {
    const rate = edgeRate(edge, outputs, live);
    return { id: `${edge.from} ${edge.to}`, source: edge.from, target: edge.to, label: rateLabel(rate), className: `${styles.edge} ${edge.kind === "order" ? styles.order : ""} ${rate ? styles.flowing : ""}`, markerEnd: { type: MarkerType.ArrowClosed, color: "var(--line-strong)" } };
  });
}
