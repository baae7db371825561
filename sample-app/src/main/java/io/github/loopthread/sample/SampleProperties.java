package io.github.loopthread.sample;

import java.net.URI;
import java.time.Duration;

import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * Settings of the sample.
 *
 * @param upstreamPort port of the services behind the shop
 * @param sourceUrl the web page whose source text is shown
 * @param pageTimeout how long a product page may take; what is not there by then is
 * missing from it
 */
@ConfigurationProperties("sample")
record SampleProperties(int upstreamPort, URI sourceUrl, Duration pageTimeout) {

}
