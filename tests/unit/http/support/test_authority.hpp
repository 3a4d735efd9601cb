// SPDX-License-Identifier: MIT
// A certificate authority of a test's own, as a network has one that inspects TLS.
#pragma once

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <string>

namespace test_support {

class TestAuthority {
 public:
  // `subject`: whom its certificates are for.
  explicit TestAuthority(const std::string& subject = "IP:127.0.0.1")
      : subject_(subject),
        key_(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")),
        certificate_(X509_new()) {
    X509_gmtime_adj(X509_getm_notBefore(certificate_), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate_), 3600);
    X509_set_pubkey(certificate_, key_);
    prepare(certificate_, 1, "Authority of a test");
    add_extension(certificate_, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(certificate_, NID_key_usage, "critical,keyCertSign,cRLSign");
    EXPECT_GT(X509_sign(certificate_, key_, EVP_sha256()), 0);
  }
  TestAuthority(const TestAuthority&) = delete;
  TestAuthority& operator=(const TestAuthority&) = delete;
  ~TestAuthority() {
    X509_free(certificate_);
    EVP_PKEY_free(key_);
  }

  // Completes and signs a certificate that has its key and its times.
  void certify(X509* certificate) const {
    prepare(certificate, 2, "Server of a test");
    add_extension(certificate, NID_subject_alt_name, subject_.c_str());
    EXPECT_GT(X509_sign(certificate, key_, EVP_sha256()), 0);
  }

  [[nodiscard]] std::string pem() const {
    BIO* const memory = BIO_new(BIO_s_mem());
    EXPECT_EQ(PEM_write_bio_X509(memory, certificate_), 1);
    std::string text;
    std::array<char, 1024> buffer{};
    for (int size = 0; (size = BIO_read(memory, buffer.data(), static_cast<int>(buffer.size()))) > 0;) {
      text.append(buffer.data(), static_cast<std::size_t>(size));
    }
    BIO_free(memory);
    return text;
  }

 private:
  void prepare(X509* certificate, int serial, const std::string& name) const {
    X509_set_version(certificate, 2);  // counted from 0
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial);
    X509_NAME* const subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate_));
  }
  void add_extension(X509* certificate, int kind, const char* value) const {
    X509V3_CTX context{};
    X509V3_set_ctx(&context, certificate_, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value);
    EXPECT_NE(extension, nullptr) << value;
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }

  std::string subject_;
  EVP_PKEY* key_;
  X509* certificate_;
};

}  // namespace test_support
