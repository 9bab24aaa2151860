//! Numbers in the bytes.

use super::matches;

#[test]
fn numbers_are_tested() {
    for (options, wanted) in [
        ("byte_test:2,=,258,0;", true),
        ("byte_test:2,=,513,0,little;", true),
        ("byte_test:2,=,258,0,little;", false),
        ("byte_test:1,>,1,1;", true),
        ("byte_test:1,>,2,1;", false),
        ("byte_test:1,>=,2,1;", true),
        ("byte_test:1,<,3,1;", true),
        ("byte_test:1,<=,1,1;", false),
        ("byte_test:1,!=,3,1;", true),
        ("byte_test:1,!=,2,1;", false),
        ("byte_test:1,!,2,1;", false),
        ("byte_test:1,&,2,1;", true),
        ("byte_test:1,&,4,1;", false),
        ("byte_test:1,^,2,1;", false),
        ("byte_test:4,=,0x01020304,0;", true),
        ("byte_test:8,=,0x0102030431323334,0;", true),
        ("byte_test:4,=,1234,4,string,dec;", true),
        ("byte_test:4,=,0x1234,4,string,hex;", true),
        ("byte_test:2,=,2,0,bitmask 0x00ff;", true),
        ("byte_test:2,=,1,0,bitmask 0xff00;", true),
        ("byte_test:2,=,258,7;", false),
        ("byte_test:1,=,0,100;", false),
        (r#"content:"|02|"; byte_test:1,=,3,0,relative;"#, true),
        (r#"content:"|02|"; byte_test:1,=,1,-2,relative;"#, true),
        (r#"content:"|02|"; byte_test:1,=,1,-3,relative;"#, false),
    ] {
        assert_eq!(
            matches(options, b"\x01\x02\x03\x041234"),
            wanted,
            "{options}"
        );
    }
}

#[test]
fn jumps_land_where_they_say() {
    for (options, wanted) in [
        // One byte with the value 2 at the start: two bytes on from behind it.
        (r#"byte_jump:1,0; content:"c"; within:1;"#, true),
        (r#"byte_jump:1,0; content:"b"; within:1;"#, false),
        (
            r#"byte_jump:1,0,multiplier 2; content:"e"; within:1;"#,
            true,
        ),
        (
            r#"byte_jump:1,0,post_offset -1; content:"b"; within:1;"#,
            true,
        ),
        (
            r#"byte_jump:1,0,from_beginning; content:"b"; within:1;"#,
            true,
        ),
        (
            r#"byte_jump:0,0,from_end,post_offset -2; content:"e"; within:1;"#,
            true,
        ),
        (r#"byte_jump:1,0,align; content:"e"; within:1;"#, true),
        (
            r#"content:"|02|"; byte_jump:1,-1,relative; content:"c"; within:1;"#,
            true,
        ),
        ("byte_jump:1,0,multiplier 100; isdataat:0,relative;", false),
        // Before the start means the start.
        (
            r#"byte_jump:1,0,post_offset -9; content:"|02|"; within:1;"#,
            true,
        ),
        // The end itself is outside.
        (
            r#"byte_jump:1,0,multiplier 3; content:!"x"; within:1;"#,
            false,
        ),
        (
            "byte_jump:1,0,multiplier 3,post_offset -1; isdataat:!2,relative;",
            true,
        ),
        (
            r#"byte_jump:1,0,bitmask 0xf0; content:"a"; within:1;"#,
            true,
        ),
    ] {
        assert_eq!(matches(options, b"\x02abcdef"), wanted, "{options}");
    }
}

#[test]
fn extracted_numbers_are_used() {
    for (options, wanted) in [
        (
            r#"byte_extract:1,0,n; content:"c"; offset:n; depth:1;"#,
            true,
        ),
        (
            r#"byte_extract:1,0,n; content:"b"; offset:n; depth:1;"#,
            false,
        ),
        (
            r#"byte_extract:1,0,n; content:"a"; content:"d"; distance:1; within:n;"#,
            true,
        ),
        ("byte_extract:1,0,n; isdataat:n;", true),
        ("byte_extract:1,0,n,multiplier 2; isdataat:n;", false),
        ("byte_extract:1,0,n; byte_test:1,=,n,0;", true),
        ("byte_extract:1,0,n; byte_test:1,=,n,1;", false),
        ("byte_extract:1,0,n,align 4; byte_test:1,=,4,0; ", false),
        (
            r#"content:"a"; byte_extract:1,0,n,relative; byte_test:1,=,n,-1,relative;"#,
            true,
        ),
        ("byte_extract:1,99,n;", false),
    ] {
        assert_eq!(matches(options, b"\x03abcde"), wanted, "{options}");
    }
}

#[test]
fn results_are_computed() {
    for (options, wanted) in [
        (
            "byte_math:bytes 1, offset 0, oper +, rvalue 2, result r; byte_test:1,=,r,1;",
            true,
        ),
        (
            "byte_math:bytes 1, offset 0, oper *, rvalue 2, result r; byte_test:1,=,r,2;",
            true,
        ),
        (
            "byte_math:bytes 1, offset 1, oper -, rvalue 2, result r; byte_test:1,=,r,0;",
            true,
        ),
        (
            "byte_math:bytes 1, offset 2, oper /, rvalue 2, result r; byte_test:1,=,r,0;",
            true,
        ),
        (
            "byte_math:bytes 1, offset 0, oper <<, rvalue 1, result r; byte_test:1,=,r,2;",
            true,
        ),
        (
            "byte_math:bytes 1, offset 2, oper >>, rvalue 1, result r; byte_test:1,=,r,0;",
            true,
        ),
        (
            "byte_math:bytes 1, offset 0, oper +, rvalue 3, result r; byte_test:1,=,r,1;",
            false,
        ),
        (
            "byte_extract:1,0,n; byte_math:bytes 1, offset 0, oper /, rvalue n, result r; byte_test:1,=,1,3;",
            true,
        ),
        (
            "byte_extract:1,4,n; byte_math:bytes 1, offset 0, oper /, rvalue n, result r;",
            false,
        ),
    ] {
        assert_eq!(
            matches(options, b"\x03\x05\x06\x01\x00"),
            wanted,
            "{options}"
        );
    }
}

#[test]
fn faults_of_asn1_are_looked_for_from_where_the_rule_says() {
    let payload = b"LDAP\x30\x82\x02\x00";
    for (options, wanted) in [
        ("asn1:oversize_length 500, absolute_offset 4;", true),
        ("asn1:oversize_length 600, absolute_offset 4;", false),
        ("asn1:oversize_length 500;", false),
        (
            "asn1:bitstring_overflow, oversize_length 500, absolute_offset 4;",
            true,
        ),
        (
            r#"content:"LDAP"; asn1:oversize_length 500, relative_offset 0;"#,
            true,
        ),
        (
            r#"content:"DA"; asn1:oversize_length 500, relative_offset 0;"#,
            false,
        ),
    ] {
        assert_eq!(matches(options, payload), wanted, "{options}");
    }
}
