// For trying whether the check `content` works: the EICAR test file, which every scanner knows and which does nothing
// (https://www.eicar.org/download-anti-malware-testfile/). Written in parts, so that no scanner stops at this file.
rule eicar_test_file
{
    meta:
        description = "the EICAR test file"
    strings:
        $text = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-" 
        $rest = "ANTIVIRUS-TEST-FILE!$H+H*"
    condition:
        $text and $rest
}
