import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A client of Kafka and of Avro that knows of Millrace what docs/kafka.md says.
 *
 *   java -cp "$MILLRACE_KAFKA/jars/*" AvroClient.java write <brokers> <prefix> <topic>
 *     takes lines of `<key> TAB <record in Avro's JSON>`; every other one names its schema in a header
 *   java -cp "$MILLRACE_KAFKA/jars/*" AvroClient.java read <brokers> <prefix> <topic>
 *     prints lines of `<key> TAB <id of its schema> TAB <record in the topic's newest schema>`
 */
public class AvroClient {
  private static final ObjectMapper json = new ObjectMapper();
  private static final Map<String, String> registry = new HashMap<>();

  public static void main(String[] args) throws Exception {
    String brokers = args[1], prefix = args[2], topic = args[3];
    for (ConsumerRecord<byte[], byte[]> record : all(brokers, prefix + "millrace.registry")) {
      if (record.value() != null) registry.put(text(record.key()), text(record.value()));
    }
    JsonNode known = json.readTree(registry.get("topic:" + topic));
    String newest = known.get("schema").asText();
    if (args[0].equals("write")) write(brokers, known.get("name").asText(), newest);
    else read(brokers, known.get("name").asText(), newest);
  }

  private static Schema schema(String id) {
    return new Schema.Parser().parse(registry.get("schema:" + id));
  }

  private static void read(String brokers, String topic, String newest) throws Exception {
    for (ConsumerRecord<byte[], byte[]> record : all(brokers, topic)) {
      Header named = record.headers().lastHeader("mr.schema");
      if (named == null || record.value() == null) continue;
      String id = text(named.value());
      GenericDatumReader<Object> reader = new GenericDatumReader<>(schema(id), schema(newest));
      Object value = reader.read(null, DecoderFactory.get().binaryDecoder(record.value(), null));
      System.out.println((record.key() == null ? "" : text(record.key())) + "\t" + id + "\t" + value);
    }
  }

  private static void write(String brokers, String topic, String id) throws Exception {
    Schema schema = schema(id);
    GenericDatumReader<Object> reader = new GenericDatumReader<>(schema);
    GenericDatumWriter<Object> writer = new GenericDatumWriter<>(schema);
    Map<String, Object> settings = Map.of("bootstrap.servers", brokers, "compression.type", "gzip");
    try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      List<String> lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).lines().collect(Collectors.toList());
      for (int i = 0; i < lines.size(); i++) {
        String[] parts = lines.get(i).split("\t", 2);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
        writer.write(reader.read(null, DecoderFactory.get().jsonDecoder(schema, parts[1])), encoder);
        encoder.flush();
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, null, 1_700_000_000_000L, parts[0].getBytes(StandardCharsets.UTF_8), bytes.toByteArray());
        if (i % 2 == 0) record.headers().add("mr.schema", id.getBytes(StandardCharsets.UTF_8));
        producer.send(record).get();
      }
    }
  }

  private static Iterable<ConsumerRecord<byte[], byte[]>> all(String brokers, String topic) {
    Map<String, Object> settings = Map.of("bootstrap.servers", brokers, "isolation.level", "read_committed", "auto.offset.reset", "earliest");
    java.util.ArrayList<ConsumerRecord<byte[], byte[]>> found = new java.util.ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = consumer.partitionsFor(topic).stream().map(info -> new TopicPartition(topic, info.partition())).collect(Collectors.toList());
      consumer.assign(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
        consumer.poll(Duration.ofMillis(200)).forEach(found::add);
      }
    }
    return found;
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
