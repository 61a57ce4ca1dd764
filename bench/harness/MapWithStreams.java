import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.module.blackbird.BlackbirdModule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Properties;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;

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
      // Markers of Millrace have no value. Headers of its own are handed on, as is usual, and mean nothing there: see docs/kafka.md.
      .filter((key, order) -> order != null)
      .mapValues(MapWithStreams::price)
      .to(args[1], Produced.with(Serdes.ByteArray(), json(Priced.class)));
    KafkaStreams streams = new KafkaStreams(builder.build(), settings);
    streams.setUncaughtExceptionHandler(error -> {
      error.printStackTrace();
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    });
    streams.start();
  }
}
