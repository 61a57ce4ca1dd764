import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.module.blackbird.BlackbirdModule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Properties;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.processor.api.ContextualFixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;

/**
 * The stage of `projects/map` as a Kafka Streams program: ten typed fields of JSON in, twelve out, exactly once.
 *
 *   java MapWithStreams INPUT OUTPUT NAME=VALUE...    the rest are settings of Kafka Streams; runs until it is killed
 */
public final class MapWithStreams {
  public static final class Order {
    public String id;
    public String customer;
    public double amount;
    public int quantity;
    public String at;
    public String country;
    public String currency;
    public String channel;
    public double discount;
    public boolean gift;
  }

  public static final class Priced {
    public String id;
    public String customer;
    public double amount;
    public int quantity;
    public String at;
    public String country;
    public String currency;
    public String channel;
    public double discount;
    public boolean gift;
    public double total;
    public String band;
  }

  static Priced price(Order order) {
    Priced priced = new Priced();
    priced.id = order.id;
    priced.customer = order.customer;
    priced.amount = order.amount;
    priced.quantity = order.quantity;
    priced.at = order.at;
    priced.country = order.country;
    priced.currency = order.currency;
    priced.channel = order.channel;
    priced.discount = order.discount;
    priced.gift = order.gift;
    priced.total = Math.round(order.amount * order.quantity * (1 - order.discount) * 100) / 100.0;
    priced.band = priced.total < 1_000 ? "low" : priced.total < 10_000 ? "middle" : "high";
    return priced;
  }

  /** Maps what has a value: markers of Millrace have none. Headers of its own speak of the topic that they stand in, and do not go on: see docs/kafka.md. */
  static final class Price extends ContextualFixedKeyProcessor<byte[], Order, Priced> {
    @Override
    public void process(FixedKeyRecord<byte[], Order> record) {
      if (record.value() == null) return;
      context().forward(record.withValue(price(record.value())).withHeaders(new RecordHeaders()));
    }
  }

  /** As fast as Jackson goes over typed objects: one reader or writer for all, and accessors that are compiled. */
  private static final ObjectMapper mapper = new ObjectMapper().registerModule(new BlackbirdModule());

  static <T> Serde<T> json(Class<T> type) {
    ObjectReader reader = mapper.readerFor(type);
    ObjectWriter writer = mapper.writerFor(type);
    Serializer<T> print = (topic, value) -> {
      try {
        return value == null ? null : writer.writeValueAsBytes(value);
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
    };
    Deserializer<T> parse = (topic, bytes) -> {
      try {
        return bytes == null ? null : reader.readValue(bytes);
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
    };
    return Serdes.serdeFrom(print, parse);
  }

  public static void main(String[] args) {
    Properties settings = new Properties();
    for (int i = 2; i < args.length; i++) {
      int at = args[i].indexOf('=');
      settings.put(args[i].substring(0, at), args[i].substring(at + 1));
    }
    StreamsBuilder builder = new StreamsBuilder();
    builder.stream(args[0], Consumed.with(Serdes.ByteArray(), json(Order.class)))
      .processValues(Price::new)
      .to(args[1], Produced.with(Serdes.ByteArray(), json(Priced.class)));
    KafkaStreams streams = new KafkaStreams(builder.build(), settings);
    streams.setUncaughtExceptionHandler(error -> {
      error.printStackTrace();
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    });
    streams.start();
  }
}
